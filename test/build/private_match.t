#!/usr/bin/perl
# The group in which private matches are made is ristretto255 as it is published:
# the vectors of RFC 9496 (multiples of the generator, encodings that are none, the
# map of 64 bytes to a point) and of RFC 9497 (a text hashed to the group as RFC 9380
# has it, then multiplied).  And where libsodium lacks it the build says so.
use strict;
use warnings;
use File::Temp 'tempdir';
use Test::More;

my $dir = tempdir(CLEANUP => 1);
my $cc = $ENV{CC} || 'cc';

open my $out, '>', "$dir/group.c" or die $!;
print $out <<'C';
#include "identity/private_match_group.h"

#include <stdio.h>
#include <string.h>

static size_t
bytes_of(const char *digits, unsigned char *bytes, size_t room)
{
	size_t length;

	sodium_hex2bin(bytes, room, digits, strlen(digits), NULL, &length, NULL);
	return length;
}

static void
show(const unsigned char *point)
{
	char digits[2 * POINT_LENGTH + 1];

	printf("%s\n", sodium_bin2hex(digits, sizeof(digits), point, POINT_LENGTH));
}

/* A line is a word and hexadecimal arguments; so is the answer. */
int
main(void)
{
	char line[4096], what[16], first[2048], second[1024], third[512];

	if (!start_group())
		return 1;
	while (fgets(line, sizeof(line), stdin))
	{
		unsigned char a[1024], b[512], c[256], point[POINT_LENGTH], result[POINT_LENGTH];
		size_t alen, blen;

		first[0] = second[0] = third[0] = '\0';
		sscanf(line, "%15s %2047s %1023s %511s", what, first, second, third);
		alen = bytes_of(first, a, sizeof(a));
		blen = bytes_of(second, b, sizeof(b));
		bytes_of(third, c, sizeof(c));
		if (strcmp(what, "point") == 0)
			printf("%s\n", is_point(a) ? "yes" : "no");
		else if (strcmp(what, "secret") == 0)
			printf("%s\n", is_secret(a) ? "yes" : "no");
		else if (strcmp(what, "map") == 0)
		{
			crypto_core_ristretto255_from_hash(point, a);
			show(point);
		}
		else if (strcmp(what, "multiply") == 0)
		{
			if (multiply_point(result, a, b))
				show(result);
			else
				printf("none\n");
		}
		else if (strcmp(what, "hash") == 0)
		{
			/* domain, text, secret; "-" is the empty text */
			hash_to_group(point, (char *) a, alen, b, blen);
			if (multiply_point(result, c, point))
				show(result);
		}
		else
			return 2;
	}
	return 0;
}
C
close $out;
my $said = `$cc -Wall -Werror -Isrc -o $dir/group $dir/group.c src/identity/private_match_group.c -lsodium 2>&1`;
is($said, '', 'compiles without anything of the server') or BAIL_OUT($said);

sub answers {
	my @questions = @_;
	open my $file, '>', "$dir/questions" or die $!;
	print $file "$_\n" for @questions;
	close $file;
	return split /\n/, `$dir/group <$dir/questions`;
}

# RFC 9496, A.1
my @multiples = qw(
	0000000000000000000000000000000000000000000000000000000000000000
	e2f2ae0a6abc4e71a884a961c500515f58e30b6aa582dd8db6a65945e08d2d76
	6a493210f7499cd17fecb510ae0cea23a110e8d5b901f8acadd3095c73a3b919
	94741f5d5d52755ece4f23f044ee27d5d1ea1e2bd196b462166b16152a9d0259
	da80862773358b466ffadfe0b3293ab3d9fd53c5ea6c955358f568322daf6a57
	e882b131016b52c1d3337080187cf768423efccbb517bb495ab812c4160ff44e
	f64746d3c92b13050ed8d80236a7f0007c3b3f962f5ba793d19a601ebb1df403
	44f53520926ec81fbd5a387845beb7df85a96a24ece18738bdcfa6a7822a176d
	903293d8f2287ebe10e2374dc1a53e0bc887e592699f02d077d5263cdd55601c
	02622ace8f7303a31cafc63f8fc48fdc16e1c8c8d234b2f0d6685282a9076031
	20706fd788b2720a1ed2a5dad4952b01f413bcf0e7564de8cdc816689e2db95f
	bce83f8ba5dd2fa572864c24ba1810f9522bc6004afe95877ac73241cafdab42
	e4549ee16b9aa03099ca208c67adafcafa4c3f3e4e5303de6026e3ca8ff84460
	aa52e000df2e16f55fb1032fc33bc42742dad6bd5a8fc0be0167436c5948501f
	46376b80f409b29dc2b5f6f0c52591990896e5716f41477cd30085ab7f10301e
	e0c418f7c8d9c4cdd7395b93ea124f3ad99021bb681dfc3302a9d99a2e53e64e);
is_deeply([ answers(map { sprintf 'multiply %02x%s %s', $_, '00' x 31, $multiples[1] } 0 .. $#multiples) ],
	[ 'none', @multiples[ 1 .. $#multiples ] ], 'multiples of the generator');
is_deeply([ answers(map { "point $_" } @multiples) ], [ 'no', ('yes') x $#multiples ], 'which are points, but for the neutral one');

# RFC 9496, A.2
my @bad = qw(
	00ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff
	ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f
	f3ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f
	edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f
	0100000000000000000000000000000000000000000000000000000000000000
	01ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f
	ed57ffd8c914fb201471d1c3d245ce3c746fcbe63a3679d51b6a516ebebe0e20
	c34c4e1826e5d403b78e246e88aa051c36ccf0aafebffe137d148a2bf9104562
	c940e5a4404157cfb1628b108db051a8d439e1a421394ec4ebccb9ec92a8ac78
	47cfc5497c53dc8e61c91d17fd626ffb1c49e2bca94eed052281b510b1117a24
	f1c6165d33367351b0da8f6e4511010c68174a03b6581212c71c0e1d026c3c72
	87260f7a2f12495118360f02c26a470f450dadf34a413d21042b43b9d93e1309
	26948d35ca62e643e26a83177332e6b6afeb9d08e4268b650f1f5bbd8d81d371
	4eac077a713c57b4f4397629a4145982c661f48044dd3f96427d40b147d9742f
	de6a7b00deadc788eb6b6c8d20c0ae96c2f2019078fa604fee5b87d6e989ad7b
	bcab477be20861e01e4a0e295284146a510150d9817763caf1a6f4b422d67042
	2a292df7e32cababbd9de088d1d1abec9fc0440f637ed2fba145094dc14bea08
	f4a9e534fc0d216c44b218fa0c42d99635a0127ee2e53c712f70609649fdff22
	8268436f8c4126196cf64b3c7ddbda90746a378625f9813dd9b8457077256731
	2810e5cbc2cc4d4eece54f61c6f69758e289aa7ab440b3cbeaa21995c2f4232b
	3eb858e78f5a7254d8c9731174a94f76755fd3941c0ac93735c07ba14579630e
	a45fdc55c76448c049a1ab33f17023edfb2be3581e9c7aade8a6125215e04220
	d483fe813c6ba647ebbfd3ec41adca1c6130c2beeee9d9bf065c8d151c5f396e
	8a2e1d30050198c65a54483123960ccc38aef6848e1ec8f5f780e8523769ba32
	32888462f8b486c68ad7dd9610be5192bbeaf3b443951ac1a8118419d9fa097b
	227142501b9d4355ccba290404bde41575b037693cef1f438c47f8fbf35d1165
	5c37cc491da847cfeb9281d407efc41e15144c876e0170b499a96a22ed31e01e
	445425117cb8c90edcbc7c1cc0e74f747f2c1efa5630a967c64f287792a48a4b
	ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f);
# and each that is one, with its highest bit set, which libsodium 1.0.18 takes for the same
push @bad, map { substr($_, 0, 62) . sprintf('%02x', hex(substr $_, 62) | 0x80) } @multiples;
is_deeply([ answers(map { ("point $_", "multiply 02" . '00' x 31 . " $_") } @bad) ], [ ('no', 'none') x @bad ],
	'encodings that are none: no points, and nothing multiplies them');

# RFC 9496, A.3
my @mapped = (
	[ '5d1be09e3d0c82fc538112490e35701979d99e06ca3e2b5b54bffe8b4dc772c14d98b696a1bbfb5ca32c436cc61c16563790306c79eaca7705668b47dffe5bb6', '3066f82a1a747d45120d1740f14358531a8f04bbffe6a819f86dfe50f44a0a46' ],
	[ 'f116b34b8f17ceb56e8732a60d913dd10cce47a6d53bee9204be8b44f6678b270102a56902e2488c46120e9276cfe54638286b9e4b3cdb470b542d46c2068d38', 'f26e5b6f7d362d2d2a94c5d0e7602cb4773c95a2e5c31a64f133189fa76ed61b' ],
	[ '8422e1bbdaab52938b81fd602effb6f89110e1e57208ad12d9ad767e2e25510c27140775f9337088b982d83d7fcf0b2fa1edffe51952cbe7365e95c86eaf325c', '006ccd2a9e6867e6a2c5cea83d3302cc9de128dd2a9a57dd8ee7b9d7ffe02826' ],
	[ 'ac22415129b61427bf464e17baee8db65940c233b98afce8d17c57beeb7876c2150d15af1cb1fb824bbd14955f2b57d08d388aab431a391cfc33d5bafb5dbbaf', 'f8f0c87cf237953c5890aec3998169005dae3eca1fbb04548c635953c817f92a' ],
	[ '165d697a1ef3d5cf3c38565beefcf88c0f282b8e7dbd28544c483432f1cec7675debea8ebb4e5fe7d6f6e5db15f15587ac4d4d4a1de7191e0c1ca6664abcc413', 'ae81e7dedf20a497e10c304a765c1767a42d6e06029758d2d7e8ef7cc4c41179' ],
	[ 'a836e6c9a9ca9f1e8d486273ad56a78c70cf18f0ce10abb1c7172ddd605d7fd2979854f47ae1ccf204a33102095b4200e5befc0465accc263175485f0e17ea5c', 'e2705652ff9f5e44d3e841bf1c251cf7dddb77d140870d1ab2ed64f1a9ce8628' ],
	[ '2cdc11eaeb95daf01189417cdddbf95952993aa9cb9c640eb5058d09702c74622c9965a697a3b345ec24ee56335b556e677b30e6f90ac77d781064f866a3c982', '80bd07262511cdde4863f8a7434cef696750681cb9510eea557088f76d9e5065' ]);
is_deeply([ answers(map { "map $_->[0]" } @mapped) ], [ map { $_->[1] } @mapped ], '64 bytes mapped to a point');

# RFC 9497, A.1.1: inputs, blinded by one number
my $domain = unpack 'H*', "HashToGroup-OPRFV1-\0-ristretto255-SHA512";
my $blind = '64d37aed22a27f5191de1c1d69fadb899d8862b58eb4220029e036ec4c1f6706';
is_deeply([ answers("hash $domain 00 $blind", "hash $domain " . '5a' x 17 . " $blind") ],
	[ '609a0ae68c15a3cf6903766461307e5c8bb2f95e7e6550e1ffa2dc99e412803c', 'da27ef466870f5f15296299850aa088629945a17d1f5b7f5ff043f76b3c06418' ],
	'texts hashed to the group and multiplied');

# Secrets are numbers from 1 to the group's order less 1.
my $order = 'edd3f55c1a631258d69cf7a2def9de14' . '00' x 15 . '10';
my @secrets = ([ '00' x 32, 'no' ], [ '01' . '00' x 31, 'yes' ], [ 'ec' . substr($order, 2), 'yes' ], [ $order, 'no' ], [ 'ff' x 32, 'no' ]);
is_deeply([ answers(map { "secret $_->[0]" } @secrets) ], [ map { $_->[1] } @secrets ], 'what is a secret');

# A minimal libsodium
open $out, '>', "$dir/sodium.h" or die $!;
print $out "/* without ristretto255 */\n";
close $out;
like(`$cc -I$dir -Isrc -c -o $dir/without.o src/identity/private_match_group.c 2>&1`, qr/ecosystem needs libsodium 1\.0\.18 or newer, with ristretto255/,
	'the build says what it needs');

done_testing();
