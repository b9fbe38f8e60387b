/*
 * tests/unit/privacy/print_tables.c -- what the tables of privacy/noise hold,
 * for check_table.py.
 *
 *	print_tables gauss|laplace NUM DEN
 *	print_tables weights N SEED	any weights, printed before the table
 *
 * A table is a line "table BITS BASE" and a line for each column with the mass
 * of the outcome of that number: the units that its own column and all others
 * give it, 2^(112 + BITS) in all, in hexadecimal.  |X| is the outcome of the
 * first table, and BASE times that of the second, if BASE is not 0.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* The function that makes tables is static. */
#include "privacy/noise.c"
#include "tests/unit/rng_test.h"

static void
print_table(const struct alias *a, unsigned base)
{
	const unsigned columns = 1U << a->bits;
	static u128 mass[ALIAS_COLUMNS];

	memset(mass, 0, sizeof(mass));
	for (unsigned c = 0; c < columns; c++) {
		unsigned byte[ALIAS_BYTES + 2], other;
		u128 own = 0;

		for (unsigned i = 0; i < ALIAS_BYTES + 2; i++)
			byte[i] = a->entry[c / 16][i][c % 16];
		for (unsigned i = 0; i < ALIAS_BYTES; i++)
			own = own << 8 | byte[i];
		other = byte[ALIAS_BYTES] | byte[ALIAS_BYTES + 1] << 8;
		mass[c] += own;
		mass[other] += ((u128)1 << 112) - own;
	}
	(void)printf("table %u %u\n", a->bits, base);
	for (unsigned c = 0; c < columns; c++)
		(void)printf("%" PRIx64 "%016" PRIx64 "\n",
		    (uint64_t)(mass[c] >> 64), (uint64_t)mass[c]);
}

/* Weights of all sizes in no order. */
static void
print_weights(unsigned n, uint64_t seed)
{
	static struct fixed weight[ALIAS_COLUMNS];
	struct stream st = { .seed = seed };
	static struct alias a;

	for (unsigned i = 0; i < n; i++) {
		unsigned kind = (unsigned)(stream_unit(&st) * 10);

		(void)stream_fill(&st, weight[i].limb, 24);
		for (unsigned j = 2; j > 2 - kind % 4; j--)
			weight[i].limb[j] = 0;
		weight[i].limb[3] = kind == 9 || i == n / 3 ? 1 : 0;
	}
	(void)printf("weights %u\n", n);
	for (unsigned i = 0; i < n; i++)
		(void)printf("%016" PRIx64 "%016" PRIx64 "%016" PRIx64
			     "%016" PRIx64 "\n",
		    weight[i].limb[3], weight[i].limb[2], weight[i].limb[1],
		    weight[i].limb[0]);
	alias_build(&a, weight, n);
	print_table(&a, 0);
}

int
main(int argc, char **argv)
{
	static struct tables t;
	struct noise_law law;
	unsigned long a, b;

	if (argc != 4)
		return 2;
	a = strtoul(argv[2], NULL, 10);
	b = strtoul(argv[3], NULL, 10);
	if (strcmp(argv[1], "weights") == 0) {
		print_weights((unsigned)a, b);
		return 0;
	}
	law = (struct noise_law){ strcmp(argv[1], "gauss") == 0 ? NOISE_GAUSS
								: NOISE_LAPLACE,
		(uint32_t)a, (uint32_t)b };
	if (tables_of(&law) == 0)
		return 2;
	build(&t, &law);
	print_table(&t.low, t.base);
	if (t.base != 0)
		print_table(&t.high, 0);
	return tables_of(&law) == (t.base != 0 ? 2 : 1) ? 0 : 1;
}
