/*
 * synthetic -- made-up records of a year for `./dev bench records`.
 *
 *	synthetic ROWS SEED DIR
 *
 * Writes DIR/persons.csv and DIR/plain.csv, the same records as exports of a
 * records-management system, of the second without its persons; and
 * DIR/month.csv: the seventh month of the first again, 10 records missing and
 * 100 changed.  Rows stand month by month, else in no order.
 *
 * Areas are drawn by Zipf's law (1 / (10 + rank)), kinds by their shares; a
 * point lies around the middle of its area.  Of 100 records 5 name nobody; a
 * person of a month has 1.3 records in the mean: nine in ten have one, others
 * n = 2 ... 60 with chances like n^-2.5.
 *
 * Prints what the questions of bench/ask must give, as one JSON object.
 */
#include <inttypes.h>
#include <math.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bench/ask.h"
#include "model/month.h"

#define REPEATS_MAX 60
#define CHANGED 100
#define GONE 10
#define RELOADED 6 /* month */
#define NOBODY UINT32_MAX

struct row {
	uint32_t east, north, person, minute;
	uint16_t place;
	uint8_t kind;
};

struct made {
	uint64_t seed;
	uint32_t rows;
	uint32_t n_places;
	uint32_t *areas_until; /* [n_places]: of 2^32, by place */
	uint32_t *middles;     /* [2 * n_places] */
	uint32_t kinds_until[ASK_KINDS], repeats_until[REPEATS_MAX + 1];
	struct placing *placing;
	struct row *month;  /* [rows] */
	uint8_t *of_person; /* [rows]: records in this month */
	struct question q[ASKS];
	uint32_t *cells[ASKS];
	uint64_t bounded;
	FILE *persons, *plain, *again;
	uint64_t n; /* rows written */
};

static void *
need_memory(size_t n, size_t size)
{
	void *p = calloc(n, size);

	if (p == NULL)
		ask_need(E_NOMEM, "synthetic");
	return p;
}

/* SplitMix64. */
static uint64_t
mix(uint64_t z)
{
	z = (z ^ z >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
	z = (z ^ z >> 27) * UINT64_C(0x94d049bb133111eb);
	return z ^ z >> 31;
}

static uint32_t
draw(struct made *m)
{
	return (uint32_t)(mix(m->seed += UINT64_C(0x9e3779b97f4a7c15)) >> 32);
}

static uint32_t
below(struct made *m, uint32_t n)
{
	return (uint32_t)((uint64_t)draw(m) * n >> 32);
}

/* The first i with x < until[i]. */
static uint32_t
pick(struct made *m, const uint32_t *until, uint32_t n)
{
	uint32_t x = draw(m), low = 0, high = n - 1;

	while (low < high) {
		uint32_t mid = (low + high) / 2;

		if (x < until[mid])
			high = mid;
		else
			low = mid + 1;
	}
	return low;
}

/* Shares of a law as until[n]. */
static void
accumulate(uint32_t *until, const double *share, uint32_t n)
{
	double sum = 0, so_far = 0;

	for (uint32_t i = 0; i < n; i++)
		sum += share[i];
	for (uint32_t i = 0; i < n; i++) {
		so_far += share[i];
		until[i] =
		    (uint32_t)fmin(4294967295.0, so_far / sum * 4294967296.0);
	}
}

static bool
in_box(
    uint32_t east, uint32_t north, uint32_t west, uint32_t south, uint32_t side)
{
	return east - west < side && north - south < side;
}

/* A tenth of the areas lies in the box of ASK_BOX, the rest around it. */
static void
make_middle(struct made *m, uint32_t place)
{
	bool inside = place % 10 == 0, is;
	uint32_t east, north;

	do {
		east = ASK_WEST + 1000 + below(m, ASK_SIDE - 2000);
		north = ASK_SOUTH + 1000 + below(m, ASK_SIDE - 2000);
		is = in_box(
		    east, north, ASK_BOX_WEST, ASK_BOX_SOUTH, ASK_BOX_SIDE);
	} while (is != inside);
	m->middles[2 * place] = east;
	m->middles[2 * place + 1] = north;
}

static void
make_areas(struct made *m, const struct areas *areas)
{
	double *share;
	uint32_t *rank;

	ask_need(
	    placing_new(&m->placing, areas, GEO_LSOA11, ask_forces, ASK_FORCES),
	    "places");
	m->n_places = placing_count(m->placing);
	m->areas_until = need_memory(m->n_places, sizeof(uint32_t));
	m->middles = need_memory(2 * (size_t)m->n_places, sizeof(uint32_t));
	share = need_memory(m->n_places, sizeof(*share));
	rank = need_memory(m->n_places, sizeof(*rank));
	for (uint32_t i = 0; i < m->n_places; i++) {
		uint32_t j = below(m, i + 1);

		rank[i] = rank[j];
		rank[j] = i;
		make_middle(m, i);
	}
	for (uint32_t i = 0; i < m->n_places; i++)
		share[i] = 1.0 / (10 + rank[i]);
	accumulate(m->areas_until, share, m->n_places);
	free(share);
	free(rank);
}

static void
make_laws(struct made *m)
{
	double share[REPEATS_MAX + 1] = { 0 }, tail = 0;

	for (unsigned i = 0; i < ASK_KINDS; i++)
		share[i] = ask_kinds[i].share;
	accumulate(m->kinds_until, share, ASK_KINDS);
	share[0] = 0;
	for (unsigned n = 2; n <= REPEATS_MAX; n++)
		tail += share[n] = pow(n, -2.5);
	share[1] = 9 * tail;
	accumulate(m->repeats_until, share, REPEATS_MAX + 1);
}

/* Records of one person stay in one area, seven times out of ten. */
static struct row
make_row(struct made *m, unsigned month, uint32_t person, uint32_t home)
{
	static const uint8_t days[ASK_MONTHS] = { 31, 28, 31, 30, 31, 30, 31,
		31, 30, 31, 30, 31 };
	struct row r = { .person = person,
		.minute = below(m, days[month] * 1440U) };
	uint32_t place =
	    below(m, 10) < 7 ? home : pick(m, m->areas_until, m->n_places);

	r.place = (uint16_t)place;
	r.kind = (uint8_t)pick(m, m->kinds_until, ASK_KINDS);
	r.east = m->middles[2 * place] - 600 + below(m, 1200);
	r.north = m->middles[2 * place + 1] - 600 + below(m, 1200);
	return r;
}

static void
make_month(struct made *m, unsigned month, uint32_t n)
{
	for (uint32_t i = 0; i < n;) {
		bool nobody = below(m, 1000) < 65; /* 5 % of the records */
		uint32_t person = nobody ? NOBODY : below(m, m->rows);
		uint32_t home = pick(m, m->areas_until, m->n_places);
		uint32_t repeats =
		    nobody ? 1 : pick(m, m->repeats_until, REPEATS_MAX + 1);

		for (; repeats > 0 && i < n; repeats--)
			m->month[i++] = make_row(m, month, person, home);
	}
	for (uint32_t i = n; i > 1; i--) {
		uint32_t j = below(m, i);
		struct row r = m->month[i - 1];

		m->month[i - 1] = m->month[j];
		m->month[j] = r;
	}
}

/* What the questions must give ------------------------------------------ */

static void
count_grid(struct made *m, enum ask a, uint32_t theme, const struct row *r)
{
	const struct question *q = &m->q[a];
	uint32_t side = q->cols * q->cell_m;

	if (in_box(r->east, r->north, q->west, q->south, side))
		m->cells[a][question_cell(q, theme, 0,
		    (r->north - q->south) / q->cell_m * q->cols +
			(r->east - q->west) / q->cell_m)]++;
}

static void
count_row(struct made *m, unsigned month, const struct row *r)
{
	unsigned theme = ask_kinds[r->kind].theme;
	uint32_t category = (uint32_t)ask_category(theme);

	if (theme == THEME_DRUGS && month < m->q[ASK_MAP].n_months) {
		m->cells[ASK_MAP][r->place]++;
		count_grid(m, ASK_GRID, 0, r);
	}
	count_grid(m, ASK_BOX, category, r);
	m->cells[ASK_CROSS]
		[question_cell(&m->q[ASK_CROSS], category, month, r->place)]++;
	if (r->person == NOBODY || m->of_person[r->person] < ASK_C)
		m->bounded++;
	if (r->person != NOBODY && m->of_person[r->person] < UINT8_MAX)
		m->of_person[r->person]++;
}

/* Rows ------------------------------------------------------------------- */

static char *
put_text(char *p, const char *s)
{
	size_t n = strlen(s);

	memcpy(p, s, n);
	return p + n;
}

static char *
put_number(char *p, uint64_t x, int digits)
{
	for (int i = digits - 1; i >= 0; i--, x /= 10)
		p[i] = (char)('0' + x % 10);
	return p + digits;
}

static char *
put_time(char *p, unsigned month, uint32_t minute)
{
	p = put_text(p, "2021-");
	p = put_number(p, month + 1, 2);
	*p++ = '-';
	p = put_number(p, minute / 1440 + 1, 2);
	*p++ = ' ';
	p = put_number(p, minute / 60 % 24, 2);
	*p++ = ':';
	return put_number(p, minute % 60, 2);
}

#define HEADER                                                              \
	"crime_reference,date_from,recorded_date,ho_code,easting,northing," \
	"lsoa,"                                                             \
	"location_type,victim_reference\n"

static void
write_row(struct made *m, FILE *out, unsigned month, const struct row *r,
    uint64_t id, uint8_t kind, bool person)
{
	struct place place = placing_at(m->placing, r->place);
	char line[160], *p = line;

	*p++ = 'R';
	p = put_number(p, id, 9);
	*p++ = ',';
	p = put_time(p, month, r->minute);
	*p++ = ',';
	p = put_time(p, month, r->minute - r->minute % 1440 + 1439);
	*p++ = ',';
	p = put_text(p, ask_kinds[kind].code);
	*p++ = ',';
	p = put_number(p, r->east, 6);
	*p++ = ',';
	p = put_number(p, r->north, 6);
	*p++ = ',';
	p = put_text(p, place.code);
	p = put_text(p, ",street,");
	if (person && r->person != NOBODY) {
		*p++ = 'P';
		p = put_number(p, r->person, 9);
	}
	*p++ = '\n';
	if (fwrite(line, (size_t)(p - line), 1, out) != 1)
		ask_need(E_IO, "synthetic");
}

static void
write_month(struct made *m, unsigned month, uint32_t n)
{
	for (uint32_t i = 0; i < n; i++) {
		const struct row *r = &m->month[i];
		uint8_t kind = r->kind, other = (uint8_t)(kind ^ 1);

		write_row(m, m->persons, month, r, m->n, kind, true);
		write_row(m, m->plain, month, r, m->n, kind, false);
		if (month == RELOADED && i >= GONE)
			write_row(m, m->again, month, r, m->n,
			    i < GONE + CHANGED ? other : kind, true);
		count_row(m, month, r);
		m->n++;
	}
}

static FILE *
start(const char *dir, const char *name)
{
	char path[4096];
	FILE *f;

	snprintf(path, sizeof(path), "%s/%s", dir, name);
	if ((f = fopen(path, "w")) == NULL ||
	    setvbuf(f, NULL, _IOFBF, 1 << 20) != 0 || fputs(HEADER, f) < 0)
		ask_need(E_IO, path);
	return f;
}

static void
end(FILE *f)
{
	if (fclose(f) != 0)
		ask_need(E_IO, "synthetic");
}

static void
print_truth(struct made *m)
{
	uint64_t sums[ASK_SUMS];

	printf(
	    "{\"rows\": %" PRIu64 ", \"bounded\": %" PRIu64, m->n, m->bounded);
	for (unsigned a = 0; a < ASK_BOUND; a++) {
		ask_sums(sums, m->cells[a], question_cells(&m->q[a]));
		printf(", \"%s\": ", ask_text((enum ask)a));
		ask_print_sums(sums);
	}
	printf(", \"places\": %" PRIu32 ", \"map_category\": %d, "
	       "\"categories\": %u}\n",
	    m->n_places, ask_category(THEME_DRUGS),
	    (unsigned)m->q[ASK_CROSS].n_themes);
}

int
main(int argc, char **argv)
{
	static struct made m;
	struct areas *areas;
	struct themes *rules;

	if (argc != 4)
		return 2;
	m.rows = (uint32_t)atol(argv[1]);
	m.seed = (uint64_t)atol(argv[2]);
	ask_world(&areas, &rules);
	make_areas(&m, areas);
	make_laws(&m);
	m.month = need_memory(m.rows, sizeof(*m.month));
	m.of_person = need_memory(m.rows, 1);
	for (unsigned a = 0; a < ASKS; a++) {
		m.q[a] = ask_question((enum ask)a, areas);
		m.cells[a] =
		    need_memory(question_cells(&m.q[a]), sizeof(uint32_t));
	}
	m.persons = start(argv[3], "persons.csv");
	m.plain = start(argv[3], "plain.csv");
	m.again = start(argv[3], "month.csv");
	for (unsigned month = 0; month < ASK_MONTHS; month++) {
		uint64_t rows = m.rows;
		uint32_t n = (uint32_t)(rows * (month + 1) / ASK_MONTHS -
					rows * month / ASK_MONTHS);

		make_month(&m, month, n);
		memset(m.of_person, 0, m.rows);
		write_month(&m, month, n);
	}
	end(m.persons);
	end(m.plain);
	end(m.again);
	print_truth(&m);
	return 0;
}
