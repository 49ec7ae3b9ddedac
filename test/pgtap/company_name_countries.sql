-- company_name: countries as ISO 3166, picklists of CRMs and people write them.
BEGIN;
SET search_path = ecosystem, public;
SET LOCAL client_encoding = 'UTF8';
SELECT plan(6);

-- A country a line: its code, and names of it behind bars.
CREATE TEMP TABLE country AS
SELECT part[1] AS code, unnest(part[2:]) AS name
FROM  (SELECT regexp_split_to_array(btrim(line, E'\t'), '[|]') AS part FROM regexp_split_to_table($list$
	AD|Andorra
	AE|United Arab Emirates|U.A.E.|United Arab Emirates (UAE)|The United Arab Emirates
	AF|Afghanistan
	AG|Antigua and Barbuda|Antigua & Barbuda
	AI|Anguilla
	AL|Albania
	AM|Armenia
	AO|Angola
	AQ|Antarctica
	AR|Argentina
	AS|American Samoa
	AT|Austria|Autriche
	AU|Australia
	AW|Aruba
	AX|Åland Islands|Aland Islands
	AZ|Azerbaijan
	BA|Bosnia and Herzegovina|Bosnia & Herzegovina|Bosnia-Herzegovina|Bosnia/Herzegovina
	BB|Barbados
	BD|Bangladesh
	BE|Belgium
	BF|Burkina Faso
	BG|Bulgaria
	BH|Bahrain
	BI|Burundi
	BJ|Benin
	BL|Saint Barthélemy|Saint Barthelemy|St. Barthelemy|St. Barts
	BM|Bermuda
	BN|Brunei Darussalam|Brunei
	BO|Bolivia, Plurinational State of|Bolivia
	BQ|Bonaire, Sint Eustatius and Saba|Bonaire Saint Eustatius and Saba
	BR|Brazil|Brasilien|Brésil
	BS|Bahamas|Bahamas, The|The Bahamas
	BT|Bhutan
	BV|Bouvet Island
	BW|Botswana
	BY|Belarus|Byelorussia|Republic of Belarus
	BZ|Belize
	CA|Canada
	CC|Cocos (Keeling) Islands
	CD|Congo, The Democratic Republic of the|Congo, the Democratic Republic of the|Congo, Democratic Republic of the|Congo, Democratic Republic of|Congo (Kinshasa)|Congo - Kinshasa|Democratic Republic of Congo|Congo, DR|D.R. Congo|Congo, The Democratic Republic of
	CF|Central African Republic|Central African Rep.
	CG|Congo|Congo, Republic of the|Congo, Republic of|Congo (Brazzaville)|Congo - Brazzaville|Republic of Congo
	CH|Switzerland|Suiza
	CI|Côte d'Ivoire|Cote d'Ivoire|Côte d’Ivoire|C&ocirc;te d&#039;Ivoire
	CK|Cook Islands
	CL|Chile
	CM|Cameroon
	CN|China|China, People's Republic of|People's Republic of China
	CO|Colombia
	CR|Costa Rica
	CU|Cuba
	CV|Cabo Verde|Cape Verde
	CW|Curaçao
	CX|Christmas Island
	CY|Cyprus|Republic of Cyprus
	CZ|Czechia|Czech Rep.|Czech Rep
	DE|Germany|Germany, Federal Republic of|Deutschland|Allemagne|Alemania| Germany
	DJ|Djibouti
	DK|Denmark
	DM|Dominica
	DO|Dominican Republic|Dominican Rep.
	DZ|Algeria
	EC|Ecuador
	EE|Estonia
	EG|Egypt
	EH|Western Sahara
	ER|Eritrea
	ES|Spain|Spanien|Espagne
	ET|Ethiopia
	FI|Finland
	FJ|Fiji
	FK|Falkland Islands (Malvinas)|Malvinas|Islas Malvinas
	FM|Micronesia, Federated States of|Federated States of Micronesia
	FO|Faroe Islands
	FR|France|Frankreich|Francia
	GA|Gabon
	GB|United Kingdom|United Kingdom of Great Britain and Northern Ireland|United Kingdom (Great Britain)|Great Britain (UK)|England, United Kingdom|G.B.|England, UK|Scotland, UK|Wales, UK|Great Britain and Northern Ireland|UK - United Kingdom|England & Wales|Vereinigtes Königreich|Royaume-Uni|Reino Unido|U.K.|UK|United Kingdom (UK)
	GD|Grenada
	GE|Georgia|Georgia (Country)|Republic of Georgia
	GF|French Guiana
	GG|Guernsey
	GH|Ghana
	GI|Gibraltar
	GL|Greenland
	GM|Gambia|Gambia, The
	GN|Guinea
	GP|Guadeloupe
	GQ|Equatorial Guinea
	GR|Greece|EL
	GS|South Georgia and the South Sandwich Islands|South Georgia & South Sandwich Islands
	GT|Guatemala
	GU|Guam
	GW|Guinea-Bissau|Guinea Bissau
	GY|Guyana
	HK|Hong Kong|Hong Kong S.A.R.|Hong Kong SAR China|Hong Kong, China|Hong Kong (China)|China, Hong Kong Special Administrative Region|Hong Kong Special Administrative Region of China
	HM|Heard Island and McDonald Islands
	HN|Honduras
	HR|Croatia|Croatia (Local Name: Hrvatska)|Republic of Croatia
	HT|Haiti
	HU|Hungary
	ID|Indonesia
	IE|Ireland|Ireland, Republic of|Eire|Republic of Ireland
	IL|Israel
	IM|Isle of Man
	IN|India
	IO|British Indian Ocean Territory
	IQ|Iraq
	IR|Iran, Islamic Republic of|Iran|Iran (Islamic Republic of)
	IS|Iceland
	IT|Italy|Italien|Italie
	JE|Jersey
	JM|Jamaica
	JO|Jordan
	JP|Japan|Japon
	KE|Kenya
	KG|Kyrgyzstan|Kyrgyz Republic
	KH|Cambodia
	KI|Kiribati
	KM|Comoros
	KN|Saint Kitts and Nevis|St. Kitts and Nevis|St. Kitts & Nevis
	KP|Korea, Democratic People's Republic of|North Korea|Korea, North|Korea (North)|DPRK|Korea DPR|Korea, D.P.R. of
	KR|Korea, Republic of|South Korea|Korea, South|Korea (South)|Korea (Republic of)|Republic of Korea (South)|South Korea (Republic of Korea)|KOR|kr
	KW|Kuwait
	KY|Cayman Islands|Cayman Islands, The
	KZ|Kazakhstan
	LA|Lao People's Democratic Republic|Laos|Lao
	LB|Lebanon
	LC|Saint Lucia|St. Lucia
	LI|Liechtenstein
	LK|Sri Lanka
	LR|Liberia
	LS|Lesotho
	LT|Lithuania
	LU|Luxembourg
	LV|Latvia
	LY|Libya|Libyan Arab Jamahiriya
	MA|Morocco
	MC|Monaco
	MD|Moldova, Republic of|Moldova|Republic of Moldova
	ME|Montenegro
	MF|Saint Martin (French part)|St. Martin|St. Martin (French part)
	MG|Madagascar
	MH|Marshall Islands
	MK|North Macedonia|Macedonia, the former Yugoslav Republic of|Macedonia, The Former Yugoslav Republic of|Macedonia (FYROM)|FYROM|Macedonia, FYR|Republic of Macedonia|Former Yugoslav Republic of Macedonia|Republic of North Macedonia
	ML|Mali
	MM|Myanmar|Myanmar (Burma)|Burma (Myanmar)
	MN|Mongolia
	MO|Macao|Macao SAR|Macau SAR|Macao SAR China|Macau SAR China|Macao, China|China, Macao Special Administrative Region|Macao S.A.R.
	MP|Northern Mariana Islands
	MQ|Martinique
	MR|Mauritania
	MS|Montserrat
	MT|Malta
	MU|Mauritius
	MV|Maldives|Maldive Islands
	MW|Malawi
	MX|Mexico
	MY|Malaysia
	MZ|Mozambique
	NA|Namibia
	NC|New Caledonia
	NE|Niger
	NF|Norfolk Island
	NG|Nigeria
	NI|Nicaragua
	NL|Netherlands|Kingdom of the Netherlands|Holland (Netherlands)|Niederlande|Pays-Bas|Países Bajos|The Netherlands|Netherlands, The
	NO|Norway
	NP|Nepal
	NR|Nauru
	NU|Niue
	NZ|New Zealand|New Zealand/Aotearoa|Aotearoa New Zealand
	OM|Oman
	PA|Panama
	PE|Peru
	PF|French Polynesia
	PG|Papua New Guinea
	PH|Philippines|Republic of the Philippines|Philippines, The
	PK|Pakistan
	PL|Poland|Polen|Pologne|Polonia
	PM|Saint Pierre and Miquelon|St. Pierre and Miquelon|St. Pierre & Miquelon
	PN|Pitcairn|Pitcairn Islands
	PR|Puerto Rico
	PS|Palestine, State of|State of Palestine|Palestinian Territory, Occupied|Palestinian Territory|Palestinian Territories|Occupied Palestinian Territory
	PT|Portugal
	PW|Palau
	PY|Paraguay
	QA|Qatar
	RE|Réunion|Reunion
	RO|Romania
	RS|Serbia
	RU|Russian Federation|Russia (Russian Federation)
	RW|Rwanda
	SA|Saudi Arabia
	SB|Solomon Islands
	SC|Seychelles
	SD|Sudan
	SE|Sweden|Schweden|Suède|Suecia
	SG|Singapore|Republic of Singapore
	SH|Saint Helena, Ascension and Tristan da Cunha|St. Helena|Saint Helena
	SI|Slovenia
	SJ|Svalbard and Jan Mayen|Svalbard & Jan Mayen
	SK|Slovakia|Slovakia (Slovak Republic)|Slovak Rep.
	SL|Sierra Leone
	SM|San Marino
	SN|Senegal
	SO|Somalia
	SR|Suriname
	SS|South Sudan
	ST|Sao Tome and Principe|Sao Tome & Principe
	SV|El Salvador
	SX|Sint Maarten (Dutch part)|St. Maarten
	SY|Syrian Arab Republic|Syria
	SZ|Eswatini|Swaziland|Eswatini (Swaziland)|Kingdom of Eswatini
	TC|Turks and Caicos Islands|Turks & Caicos Islands
	TD|Chad
	TF|French Southern Territories|French Southern and Antarctic Lands
	TG|Togo
	TH|Thailand
	TJ|Tajikistan
	TK|Tokelau
	TL|Timor-Leste|Timor-Leste (East Timor)|East Timor
	TM|Turkmenistan
	TN|Tunisia
	TO|Tonga
	TR|Türkiye|Turkiye|Türkiye (Turkey)|Republic of Türkiye|Türkei|Turquie|Turquía
	TT|Trinidad and Tobago|Trinidad & Tobago
	TV|Tuvalu
	TW|Taiwan, Province of China|Taiwan|Chinese Taipei|Taiwan, R.O.C.|Taiwan (Republic of China)|Republic of China
	TZ|Tanzania, United Republic of|Tanzania|United Republic of Tanzania
	UA|Ukraine
	UG|Uganda
	UM|United States Minor Outlying Islands|U.S. Outlying Islands|U.S. Minor Outlying Islands
	US|United States|The United States of America|USA - United States|United States (USA)|US of A|U.S. of America|Estados Unidos de América|EE.UU.|EUA|États-Unis d'Amérique|Vereinigte Staaten von Amerika|États-Unis|Estados Unidos|Vereinigte Staaten|U.S.|U.S.A.|US|usa|United States (US)
	UY|Uruguay
	UZ|Uzbekistan
	VA|Holy See (Vatican City State)|Vatican City|Vatican City State
	VC|Saint Vincent and the Grenadines|St. Vincent and the Grenadines|St. Vincent & Grenadines|St. Vincent & the Grenadines|Saint Vincent & the Grenadines|Saint Vincent and Grenadines
	VE|Venezuela, Bolivarian Republic of|Venezuela
	VG|Virgin Islands, British|Virgin Islands (British)|British Virgin Islands (BVI)
	VI|Virgin Islands, U.S.|Virgin Islands (U.S.)|United States Virgin Islands|U.S. Virgin Islands|Virgin Islands, US
	VN|Viet Nam|Vietnam
	VU|Vanuatu
	WF|Wallis and Futuna|Wallis & Futuna
	WS|Samoa
	XK|Kosovo, Republic of|Republic of Kosovo
	YE|Yemen
	YT|Mayotte
	ZA|South Africa|Republic of South Africa
	ZM|Zambia
	ZW|Zimbabwe
$list$, E'\n') line WHERE line <> '') l;

SELECT cmp_ok(count(*), '>', 400::bigint, 'hundreds of names') FROM country;
SELECT is(count(DISTINCT code), 250::bigint, 'of all countries') FROM country;
SELECT is_empty($$SELECT code, name, p.country FROM country, company_name_parts('Acme', name) p WHERE p.country IS DISTINCT FROM code$$,
	'a country of a record is understood as it is written');
SELECT is_empty($$SELECT code, name, p.country FROM country, company_name_parts('Acme', upper(name)) p WHERE p.country IS DISTINCT FROM code AND name !~ '[&]'$$,
	'and in capitals');
SELECT is_empty($$SELECT name, identify(name => 'Acme', country => name) FROM country WHERE identify(name => 'Acme', country => name)::text <> 'name:acme@' || code$$,
	'and so by identify()');
SELECT is_empty($$SELECT name, p.country FROM unnest('{Korea (North Pole),Virgin Islands,Atlantis,N/A,XX,United,States,Republic of,The,(UK) Germany}'::text[]) name,
	company_name_parts('Acme', name) p WHERE p.country IS NOT NULL$$, 'what is no country, or two, is none');

SELECT * FROM finish();
ROLLBACK;
