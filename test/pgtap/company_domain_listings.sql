-- company_domain on pages that list others: marketplaces, directories, profiles,
-- tenants.  Two companies of each; none may be another's, and whoever runs the
-- site stays a company.
BEGIN;
SET search_path = ecosystem, public;
SELECT plan(12);

-- * stands for the company listed.
CREATE TEMP TABLE listing (kind text, address text);
INSERT INTO listing
SELECT kind, address FROM (VALUES
	('marketplace', 'https://apps.shopify.com/*,https://apps.shopify.com/partners/*,https://www.shopify.com/partners/directory/partner/*,
		https://appexchange.salesforce.com/appxListingDetail?listingId=*,https://findpartners.salesforce.com/profile/*,https://aws.amazon.com/marketplace/pp/*,
		https://aws.amazon.com/marketplace/seller-profile?id=*,https://partners.amazonaws.com/partners/*,https://azuremarketplace.microsoft.com/en-us/marketplace/apps/*.app,
		https://appsource.microsoft.com/de-de/product/office/*,https://ecosystem.hubspot.com/marketplace/apps/*,https://ecosystem.hubspot.com/de/marketplace/solutions/*,
		https://marketplace.atlassian.com/vendors/1/*,https://partnerdirectory.atlassian.com/*,https://zapier.com/apps/*/integrations,https://zapier.com/de/apps/*,
		https://www.notion.com/integrations/*,https://www.notion.so/integrations/*,https://www.notion.com/marketplace/profile/*,https://slack.com/apps/A1-*,https://slack.com/marketplace/*,
		https://workspace.google.com/marketplace/app/*/1,https://console.cloud.google.com/marketplace/product/*,https://cloud.google.com/find-a-partner/partner/*,
		https://chromewebstore.google.com/detail/*/x,https://marketplace.visualstudio.com/items?itemName=*,https://plugins.jetbrains.com/plugin/*,
		https://apps.apple.com/us/app/*/id1,https://play.google.com/store/apps/details?id=com.*,https://apps.xero.com/us/app/*,https://www.xero.com/us/advisors/accountant/*,
		https://marketplace.zoom.us/apps/*,https://store.servicenow.com/store/app/*,https://marketplace.pipedrive.com/app/*,https://www.pipedrive.com/en/marketplace/app/*,
		https://monday.com/marketplace/*,https://www.make.com/en/integrations/*,https://exchange.adobe.com/apps/cc/*,https://wordpress.org/plugins/*/,https://www.wix.com/app-market/*,
		https://webflow.com/certified-partners/*,https://www.bigcommerce.com/partners/directory/*,https://marketplace.digitalocean.com/apps/*,https://www.zendesk.com/marketplace/apps/support/*,
		https://marketplace.zendesk.com/apps/*,https://apps.odoo.com/apps/modules/*,https://www.odoo.com/partners/*,https://www.okta.com/integrations/*,https://marketplace.crowdstrike.com/listings/*,
		https://www.canva.com/apps/*,https://www.figma.com/community/plugin/*,https://splunkbase.splunk.com/app/*,https://stripe.partners/*,https://marketplace.stripe.com/apps/*,
		https://www.partnerbase.com/*,https://www.intercom.com/app-store?app_package_code=*,https://catalog.redhat.com/software/*'),
	('review', 'https://www.g2.com/products/*/reviews,https://www.capterra.com/p/1/*/,https://www.capterra.co.uk/software/1/*,https://www.getapp.com/x/a/*/,https://www.softwareadvice.com/crm/*/,
		https://www.trustradius.com/products/*/reviews,https://www.trustpilot.com/review/*.com,https://de.trustpilot.com/review/*.de,https://www.producthunt.com/products/*,https://alternativeto.net/software/*/about,
		https://www.gartner.com/reviews/market/x/vendor/*,https://www.peerspot.com/products/*-reviews,https://stackshare.io/*,https://sourceforge.net/software/product/*,https://www.saashub.com/*,
		https://clutch.co/profile/*,https://www.goodfirms.co/company/*,https://themanifest.com/company/*,https://www.designrush.com/agency/profile/*,https://www.sortlist.com/agency/*,
		https://upcity.com/profiles/*,https://techbehemoths.com/company/*,https://www.provenexpert.com/*/,https://www.similarweb.com/website/*.com/,https://builtwith.com/*.com'),
	('directory', 'https://www.yelp.com/biz/*,https://www.yelp.de/biz/*,https://www.yellowpages.com/x/mip/*,https://www.yell.com/biz/*/,https://www.bbb.org/us/ny/profile/x/*,https://www.manta.com/c/1/*,
		https://foursquare.com/v/*/1,https://www.hotfrog.com/company/*,https://www.kompass.com/c/*/us1/,https://fr.kompass.com/c/*/fr1/,https://www.europages.co.uk/*/1.html,https://www.wlw.de/de/firma/*,
		https://www.thomasnet.com/profile/1/*.html,https://www.indiamart.com/*/,https://www.justdial.com/x/*,https://www.gelbeseiten.de/gsbiz/*,https://www.pagesjaunes.fr/pros/*,https://www.houzz.com/pro/*,
		https://www.thumbtack.com/x/*/service/1,https://www.alibaba.com/product-detail/*_1.html,https://*.en.alibaba.com,https://*.en.made-in-china.com,https://2gis.ru/x/firm/*,https://www.google.com/maps/place/*,
		https://maps.google.com/?cid=*,https://goo.gl/maps/*'),
	('database', 'https://www.crunchbase.com/organization/*,https://www.owler.com/company/*,https://pitchbook.com/profiles/company/*,https://www.zoominfo.com/c/*/1,https://www.dnb.com/business-directory/company-profiles.*.html,
		https://www.cbinsights.com/company/*,https://tracxn.com/d/companies/*/1,https://app.dealroom.co/companies/*,https://rocketreach.co/*-profile_b1,https://www.apollo.io/companies/*/1,https://craft.co/*,
		https://opencorporates.com/companies/gb/*,https://find-and-update.company-information.service.gov.uk/company/*,https://www.northdata.com/*,https://www.societe.com/societe/*-1.html,https://www.pappers.fr/entreprise/*,
		https://www.proff.no/selskap/*/,https://www.allabolag.se/*,https://www.zaubacorp.com/company/*/1,https://www.tianyancha.com/company/*,https://www.sec.gov/cgi-bin/browse-edgar?company=*,
		https://en.wikipedia.org/wiki/*,https://www.wikidata.org/wiki/*,https://growjo.com/company/*,https://bizapedia.com/ma/*.html,https://search.gleif.org/#/record/*'),
	('portfolio', 'https://www.ycombinator.com/companies/*,https://www.workatastartup.com/companies/*,https://gust.com/companies/*,https://gust.com/c/*,https://www.f6s.com/*,https://angel.co/company/*,
		https://wellfound.com/company/*,https://www.techstars.com/portfolio/*,https://500.co/companies/*,https://www.seedcamp.com/companies/*,https://a16z.com/portfolio/*,https://www.startupranking.com/*,
		https://www.kickstarter.com/projects/*/x,https://www.indiegogo.com/projects/*,https://wefunder.com/*,https://republic.com/*,https://opencollective.com/*,https://www.patreon.com/*,https://magnitt.com/startups/*'),
	('market data', 'https://finance.yahoo.com/quote/*/profile,https://uk.finance.yahoo.com/quote/*,https://www.bloomberg.com/profile/company/*:US,https://www.bloomberg.com/quote/*:US,https://www.reuters.com/companies/*.N,
		https://www.reuters.com/markets/companies/*.N/,https://www.marketwatch.com/investing/stock/*,https://www.google.com/finance/quote/*:NYSE,https://www.nasdaq.com/market-activity/stocks/*,https://www.nyse.com/quote/XNYS:*,
		https://www.londonstockexchange.com/stock/*/x,https://www.tradingview.com/symbols/NYSE-*/,https://seekingalpha.com/symbol/*,https://www.forbes.com/companies/*/,https://fortune.com/company/*/,https://www.inc.com/profile/*,
		https://www.morningstar.com/stocks/xnys/*/quote,https://www.marketscreener.com/quote/stock/*-1/,https://www.wsj.com/market-data/quotes/*,https://www.finanzen.net/aktien/*-aktie,https://www.cnbc.com/quotes/*'),
	('profile', 'https://www.linkedin.com/company/*/,https://de.linkedin.com/company/*,https://www.facebook.com/*,https://m.facebook.com/profile.php?id=*,https://www.instagram.com/*/,https://twitter.com/*,https://x.com/*,
		https://www.threads.net/@*,https://bsky.app/profile/*.com,https://www.youtube.com/@*,https://www.tiktok.com/@*,https://www.pinterest.co.uk/*/,https://www.xing.com/pages/*,https://vk.com/*,https://t.me/*,
		https://wa.me/*,https://discord.gg/*,https://mastodon.social/@*,https://medium.com/@*,https://*.medium.com/,https://*.substack.com/p/x,https://open.substack.com/pub/*,https://about.me/*,https://www.behance.net/*,
		https://soundcloud.com/*,https://open.spotify.com/show/*,https://vimeo.com/*'),
	('link page', 'https://linktr.ee/*,https://beacons.ai/*,https://bio.link/*,https://lnk.bio/*,https://taplink.cc/*,https://campsite.bio/*,https://*.carrd.co,https://bit.ly/*,https://tinyurl.com/*,https://lnkd.in/*,https://g.page/*,
		https://calendly.com/*,https://cal.com/*,https://ko-fi.com/*,https://stan.store/*,https://solo.to/*'),
	('code', 'https://github.com/*,https://gitlab.com/*,https://bitbucket.org/*/,https://gitee.com/*,https://www.npmjs.com/package/*,https://pypi.org/project/*/,https://hub.docker.com/r/*/x,https://huggingface.co/*,https://rubygems.org/gems/*,
		https://crates.io/crates/*,https://pkg.go.dev/*.io/x,https://registry.terraform.io/providers/*/x,https://www.kaggle.com/*,https://dev.azure.com/*,https://www.researchgate.net/profile/*,https://scholar.google.com/citations?user=*,https://*.github.io'),
	('document', 'https://docs.google.com/document/d/*/edit,https://drive.google.com/file/d/*,https://forms.gle/*,https://sites.google.com/view/*,https://www.dropbox.com/s/*/x.pdf,https://1drv.ms/*,https://onedrive.live.com/?id=*,
		https://app.box.com/s/*,https://www.notion.so/*/about,https://*.notion.site,https://airtable.com/universe/*,https://coda.io/@*,https://trello.com/b/*,https://miro.com/app/board/*,https://www.canva.com/design/*/view,https://www.figma.com/file/*,
		https://*.typeform.com/to/x,https://form.typeform.com/to/*,https://www.surveymonkey.com/r/*,https://form.jotform.com/*,https://tally.so/r/*,https://www.slideshare.net/*,https://issuu.com/*,https://www.scribd.com/document/*,
		https://web.archive.org/web/2020/*.com,https://storage.googleapis.com/*/index.html,https://s3.amazonaws.com/*/index.html,https://*.s3.us-east-1.amazonaws.com/x,https://docsend.com/view/*,https://mailchi.mp/*/news'),
	('event', 'https://www.eventbrite.com/o/*-1,https://www.eventbrite.co.uk/o/*-1,https://www.meetup.com/*/,https://lu.ma/*,https://10times.com/company/*,https://sessionize.com/*,https://ces24.mapyourshow.com/8_0/exhibitor/exhibitor-details.cfm?exhid=*,
		https://www.brighttalk.com/channel/*,https://events.zoom.us/ev/*,https://*.bandcamp.com,https://app.swapcard.com/event/x/exhibitor/*'),
	('job', 'https://boards.greenhouse.io/*,https://job-boards.greenhouse.io/*,https://jobs.lever.co/*,https://jobs.ashbyhq.com/*,https://apply.workable.com/*/,https://jobs.smartrecruiters.com/*/1,https://*.bamboohr.com/careers,https://*.recruitee.com,
		https://*.teamtailor.com,https://*.breezy.hr,https://*.wd5.myworkdayjobs.com/External,https://*.wd1.myworkdayjobs.com/en-US/Careers,https://*.icims.com/jobs,https://*.jobs.personio.de,https://www.glassdoor.com/Overview/Working-at-*.htm,
		https://www.indeed.com/cmp/*,https://de.indeed.com/cmp/*,https://www.kununu.com/de/*,https://www.welcometothejungle.com/en/companies/*,https://builtin.com/company/*,https://www.comparably.com/companies/*,https://join.com/companies/*,
		https://www.upwork.com/agencies/*,https://www.naukri.com/*-jobs,https://www.seek.com.au/companies/*-1,https://hh.ru/employer/*,https://wd5.myworkday.com/*/d/home.htmld,https://*.applytojob.com/apply'),
	('shop', 'https://www.amazon.com/stores/*/page/1,https://www.amazon.de/stores/*/page/1,https://www.amazon.com/*/dp/1,https://www.etsy.com/shop/*,https://*.etsy.com,https://www.ebay.com/str/*,https://www.ebay.co.uk/str/*,https://*.myshopify.com,https://gumroad.com/*,
		https://*.gumroad.com,https://www.aliexpress.com/store/*,https://shop*.taobao.com,https://*.tmall.com,https://*.1688.com,https://smartstore.naver.com/*,https://www.udemy.com/user/*,https://www.rakuten.co.jp/*/,https://buy.stripe.com/*,
		https://www.tripadvisor.com/*.html,https://www.booking.com/hotel/us/*.html,https://www.airbnb.com/rooms/*,https://www.doctolib.de/arzt/*,https://www.avvo.com/attorneys/*.html'),
	('site builder', 'https://*.wordpress.com,https://*.wixsite.com/home,https://*.weebly.com,https://*.squarespace.com,https://*.webflow.io,https://*.webs.com,https://*.negocio.site,https://*.business.site,https://*.launchrock.com,
		https://*.blogspot.com,https://*.tumblr.com,https://*.jimdosite.com,https://*.webnode.page,https://*.webnode.cz,https://*.godaddysites.com,https://*.mystrikingly.com,https://*.framer.website,https://*.vercel.app,https://*.netlify.app,
		https://*.herokuapp.com,https://*.pages.dev,https://*.azurewebsites.net,https://*.web.app,https://*.lovable.app,https://*.hostingersite.com,https://*.systeme.io,https://*.clickfunnels.com,https://*.kajabi.com,https://*.teachable.com,
		https://*.jouwweb.nl,https://*.imweb.me,https://*.cafe24.com,https://*.prom.ua,https://*.all.biz,https://*.blog.fc2.com,https://www.angelfire.com/*/,https://*.over-blog.com,https://*.ucoz.ru'),
	('tenant', 'https://*.zendesk.com/hc/en-us,https://*.freshdesk.com,https://*.atlassian.net/wiki,https://*.slack.com,https://*.enterprise.slack.com,https://join.slack.com/t/*/x,https://*.sharepoint.com/sites/x,https://*.onmicrosoft.com,https://*.mail.onmicrosoft.com,
		https://*.my.salesforce.com,https://*.sandbox.my.salesforce.com,https://*.lightning.force.com,https://*.secure.force.com,https://*.my.site.com,https://*.crm4.dynamics.com,https://*.okta.com,https://*.auth0.com,https://*.eu.auth0.com,https://*.service-now.com,
		https://*.monday.com,https://*.zoom.us,https://us02web.zoom.us/j/*,https://*.webex.com,https://*.statuspage.io,https://*.uservoice.com,https://*.ideas.aha.io,https://*.bitrix24.com,https://*.pipedrive.com,https://*.workable.com,https://*.instructure.com,
		https://*.netsuite.com,https://*.visualstudio.com,https://*.cloud.databricks.com,https://*.fa.us2.oraclecloud.com,https://*.westeurope.cloudapp.azure.com,https://*.z6.web.core.windows.net,https://*-uc.a.run.app,https://*.us-central1.run.app,
		https://*.surge.sh,https://*.ngrok.io,https://intercom.help/*,https://tawk.to/*,https://*.gitbook.io,https://*.readthedocs.io,https://*.looker.com,https://*.qualtrics.com/jfe/form/1,https://*.eu.qlikcloud.com,https://share.hsforms.com/*'),
	('press', 'https://www.prnewswire.com/news-releases/*-1.html,https://www.businesswire.com/news/home/1/en/*,https://www.globenewswire.com/news-release/*,https://www.presseportal.de/nr/*,https://note.com/*,https://qiita.com/*,https://mp.weixin.qq.com/s/*,https://baike.baidu.com/item/*,
		https://blog.naver.com/*,https://zhihu.com/org/*,https://www.reddit.com/r/*,https://www.quora.com/profile/*')) k(kind, addresses),
	regexp_split_to_table(addresses, ',\s*') address;
SELECT cmp_ok(count(*), '>', 400::bigint, 'hundreds of listings') FROM listing;
SELECT cmp_ok(count(*), '>=', 15::bigint, 'of all kinds') FROM (SELECT kind FROM listing GROUP BY kind HAVING count(*) >= 10) k;
CREATE TEMP TABLE listed AS
SELECT kind, address, replace(address, '*', company) AS website, to_company_domain(replace(address, '*', company)) AS domain,
       identify(website => replace(address, '*', company)) AS identity
FROM   listing, unnest('{alderrail,onyxgrid}'::text[]) company;
SELECT is((SELECT string_agg(DISTINCT address, ' ') FROM listed WHERE domain IN (SELECT domain FROM listed GROUP BY domain HAVING count(*) > 1)), NULL,
	'no two listings are of one domain');
SELECT is((SELECT count(*) FROM listed a JOIN listed b ON a.identity && b.identity AND a.website <> b.website), 0::bigint, 'none matches another');
SELECT is((SELECT string_agg(website || ' ' || company_domain_problem(website), ' ') FROM listed WHERE domain IS NULL AND company_domain_problem(website) <> 'shared_host'), NULL,
	'and the reason is that they are shared');
SELECT is((SELECT string_agg(website, ' ') FROM listed WHERE domain IS NOT NULL AND domain::text !~ '(alderrail|onyxgrid)'), NULL, 'a domain is the listed company''s');

-- Whoever runs the sites.
CREATE TEMP TABLE site (website text, domain text);
INSERT INTO site
SELECT website, regexp_replace(website, '^https://(www\.)?([^/]*).*$', '\2')
FROM   unnest('{https://www.clutch.co,https://www.shopify.com/pricing,https://www.shopify.com/partners,https://www.hubspot.com/products/crm,https://www.atlassian.com/software/jira,https://zapier.com/pricing,https://zapier.com,https://www.notion.com/product,
	https://www.bloomberg.com/company-news,https://www.bloomberg.com,https://www.ycombinator.com/about,https://www.ycombinator.com,https://gust.com,https://www.owler.com/,https://www.webs.com/pricing,https://www.launchrock.com,https://www.microsoft.com/en-us/microsoft-365,
	https://www.amazon.com,https://www.amazon.de/,https://www.google.com/,https://www.salesforce.com/products,https://slack.com/pricing,https://slack.com/intl/de-de/,https://monday.com/pricing,https://www.zendesk.com/pricing/,https://www.reuters.com/world,https://www.forbes.com/advisor,
	https://fortune.com,https://www.nasdaq.com/about,https://www.nyse.com/listings,https://www.linkedin.com,https://www.facebook.com/,https://github.com,https://about.gitlab.com,https://www.g2.com,https://www.capterra.com/,https://www.yelp.com,https://www.crunchbase.com,
	https://www.wix.com/about/us,https://webflow.com/enterprise,https://www.canva.com/about,https://www.figma.com/about,https://stripe.com/payments,https://www.xero.com/us/pricing-plans,https://www.odoo.com/pricing,https://www.okta.com/company,https://www.dropbox.com,
	https://www.box.com/pricing,https://www.docusign.com/products,https://www.netsuite.com/portal/products,https://www.qualtrics.com/about,https://zoom.us,https://www.webex.com,https://www.atlassian.com/company/customers,https://a16z.com/about,https://www.gartner.com/en/about,
	https://www.techstars.com,https://www.sequoiacap.com,https://www.similarweb.com/corp/about,https://www.ibm.com/about,https://wordpress.org/about,https://www.kajabi.com,https://www.pipedrive.com/en/features,https://www.make.com/en/pricing,https://www.indeed.com,https://www.glassdoor.com,
	https://www.eventbrite.com,https://www.etsy.com,https://www.ebay.com,https://www.tripadvisor.com,https://www.booking.com/content/about.html,https://www.airbnb.com,https://www.dnb.com,https://www.zoominfo.com,https://pitchbook.com,https://www.workable.com/pricing,https://www.icims.com/company,
	https://www.squarespace.com/about,https://www.weebly.com,https://www.jouwweb.nl,https://www.cafe24.com,https://www.sec.gov/about,https://squareup.com/us/en,https://clickup.com/features,https://asana.com/product,https://trello.com/pricing,https://miro.com/about,https://airtable.com/pricing,
	https://coda.io/pricing,https://www.intercom.com/pricing,https://front.com/product,https://mailchimp.com/pricing,https://www.twilio.com/docs,https://segment.com/product,https://www.databricks.com/product,https://cm.be,https://www.adobe.com/about,https://www.servicenow.com/products,https://www.redhat.com/en/about,https://www.prezi.com,https://www.gov.je/benefits}'::text[]) website;
UPDATE site SET domain = regexp_replace(domain, '^about\.', '');
SELECT cmp_ok(count(*), '>=', 100::bigint, 'a hundred sites') FROM site;
SELECT is((SELECT string_agg(website || ' ' || coalesce(to_company_domain(website)::text, company_domain_problem(website)), ', ') FROM site WHERE to_company_domain(website)::text IS DISTINCT FROM domain), NULL,
	'who runs the site is a company');
SELECT results_eq($$SELECT website, to_company_domain(website)::text FROM unnest('{https://www.bloomberg.com/PROFILE/company/x,https://bloomberg.com//profile/x,"(https://bloomberg.com/profile)",https://www.bloomberg.com/profiles-in-courage,
		https://bloomberg.com\\profile\\x,https://bloomberg.com/pt_BR/profile/x,https://bloomberg.com/profile?x,https://bloomberg.com/profile#x,https://bloomberg.com/about/profile/x,https://bloomberg.com?profile/x,bloomberg.com/profile/a;acme.com}'::text[]) website$$,
	$$VALUES ('https://www.bloomberg.com/PROFILE/company/x', NULL), ('https://bloomberg.com//profile/x', NULL), ('(https://bloomberg.com/profile)', NULL), ('https://www.bloomberg.com/profiles-in-courage', 'bloomberg.com'),
		('https://bloomberg.com\profile\x', NULL), ('https://bloomberg.com/pt_BR/profile/x', NULL), ('https://bloomberg.com/profile?x', NULL), ('https://bloomberg.com/profile#x', NULL), ('https://bloomberg.com/about/profile/x', 'bloomberg.com'),
		('https://bloomberg.com?profile/x', 'bloomberg.com'), ('bloomberg.com/profile/a;acme.com', 'acme.com')$$, 'a path in any case, with any slashes, alone or with more');

-- The front page of a host whose pages are others' has addresses with a path.
SELECT is_empty($$SELECT host || page, to_company_domain('https://www.' || host || page), company_domain_problem('https://www.' || host || page)
	FROM unnest('{dnb.com,coursera.org,airbnb.com,kompass.com,ziprecruiter.com,dropbox.com,trustpilot.com,zoominfo.com,upwork.com,udemy.com,facebook.com}'::text[]) host,
		unnest('{/en-us/,/en,/en/,/de-CH,/pt_BR/,/index.html,/en/index.php,/Default.aspx,/#,/?,#,?,/en-us/#,\\en\\}'::text[]) page
	WHERE to_company_domain('https://www.' || host || page)::text IS DISTINCT FROM host$$, 'a language or an index is no listing');
SELECT is_empty($$SELECT host || page, to_company_domain('https://www.' || host || page)
	FROM unnest('{facebook.com,twitter.com,instagram.com,github.com,t.me}'::text[]) host, unnest('{/hp,/hm,/hm/,/ge,/en-acme,/en--us,/en-us/acme,/en/de,/index,/index.html/acme,/acme.html,/?x,/#acme,/#!/acme,?acme,/en?acme,/e,/enus}'::text[]) page
	WHERE to_company_domain('https://www.' || host || page) IS NOT NULL$$, 'a name of two letters is');
SELECT results_eq($$SELECT website, to_company_domain(website)::text FROM unnest('{https://www.imweb.me/,imweb.me,acme.imweb.me,carrd.co,acme.carrd.co,www.webador.de,acme.webador.de}'::text[]) website$$,
	$$VALUES ('https://www.imweb.me/', 'imweb.me'), ('imweb.me', 'imweb.me'), ('acme.imweb.me', 'acme.imweb.me'), ('carrd.co', 'carrd.co'), ('acme.carrd.co', 'acme.carrd.co'), ('www.webador.de', 'webador.de'), ('acme.webador.de', 'acme.webador.de')$$, 'a builder''s own site beside those of its tenants');
SELECT * FROM finish();
ROLLBACK;
