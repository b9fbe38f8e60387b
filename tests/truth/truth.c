/*
 * tests/truth/truth.c -- do published numbers tell the truth, on real records?
 *
 *	truth QUESTION RUNS RECORDS.DB DATA
 *
 * Counts the records once, then RUNS times: measures the question's histograms,
 * adds noise by the kernel as two nodes would (the second holds nothing), adds
 *the two answers up and makes both products as the coordinator does. Holds
 *
 *	each interval of the unbiased product against the exact counts: the 95 %
 *and the 90 % one cover them as often as they say, over all numbers of a level
 *	and time, and for every single number over the runs;
 *	the display numbers against each other: whole, not negative, every level
 *and all months add up to the unit.
 *
 * QUESTION: "lsoa": LSOA x month x ten categories over South Wales, four
 *levels, with marginals. "grid": squares of 1, 2, 4 and 8 km over Wales, themes
 *that overlap. "running", "haar", "laplace" likewise, smaller.
 *
 * Seeds are fixed; SLACK is for what normal and discrete laws differ by.
 */
#include <math.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/file.h"
#include "coordinator/product.h"
#include "coordinator/times.h"
#include "model/ladder.h"
#include "node/measure.h"
#include "node/records.h"
#include "node/site.h"
#include "policies/price.h"
#include "privacy/release.h"
#include "tests/unit/rng_test.h"

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))
#define NODES 2
#define SLACK 0.004 /* of a coverage */
#define Z_ALL 6.0   /* of a level's coverage over the runs */
#define RARE 28.0   /* -ln of a chance: 7e-13 */

static void
need(enum err e, const char *what)
{
	if (e != E_OK) {
		fprintf(stderr, "truth: %s: %s\n", what, err_text(e));
		exit(2);
	}
}

static void *
zeros(size_t n, size_t size)
{
	void *p = calloc(n, size);

	if (p == NULL)
		need(E_NOMEM, "memory");
	return p;
}

/* Questions --------------------------------------------------------------- */

static void
add(struct question *q, unsigned by, unsigned level, uint32_t num)
{
	q->histograms[q->n_histograms++] = (struct histogram){
		.by = (uint8_t)by, .level = (uint8_t)level, .num = num, .den = 1
	};
}

/* Everything but places and histograms. */
static struct question
frame(void)
{
	struct question q = { .measure = MEASURE_COUNT,
		.sources = SOURCE_POLICE_CRIME | SOURCE_POLICE_ASB,
		.first_month = 612,
		.n_months = 12,
		.slicing = SLICE_MONTH,
		.c = 1,
		.k = 1,
		.d = 1,
		.g = 1,
		.strategy = STRATEGY_NESTED,
		.noise = NOISE_GAUSS,
		.mode = MODE_PER_NODE };

	return q;
}

static void
themes(struct question *q, const char *const *names, size_t n)
{
	for (size_t i = 0; i < n; i++)
		need(theme_parse(&q->themes[i], names[i]), names[i]);
	q->n_themes = (uint16_t)n;
}

static void
areas_of(
    struct question *q, const struct areas *a, uint32_t geo, unsigned levels)
{
	q->geo = geo;
	q->n_areas = 1;
	memcpy(q->areas[0], "W15000003", GSS);
	q->n_levels = (uint16_t)levels;
	for (unsigned i = 0; i < levels; i++) {
		struct placing *p = NULL;

		need(placing_new(
			 &p, a, geo + i, (const char(*)[GSS])q->areas, 1),
		    "places");
		q->level_places[i] = placing_count(p);
		placing_free(p);
	}
	q->n_places = q->level_places[0];
}

static void
grid_of(struct question *q, uint32_t cell_m, uint32_t west, uint32_t south,
    uint32_t cols, uint32_t rows, unsigned levels)
{
	q->geo = GEO_GRID;
	q->cell_m = cell_m;
	q->west = west;
	q->south = south;
	q->cols = cols;
	q->rows = rows;
	q->n_levels = (uint16_t)levels;
	for (unsigned i = 0; i < levels; i++)
		q->level_places[i] = (cols >> i) * (rows >> i);
	q->n_places = q->level_places[0];
}

static const char *const categories[] = { "violence", "asb", "theft", "robbery",
	"burglary", "possession", "drugs", "damage", "public-order", "other" };

static struct question
ask_lsoa(const struct areas *a)
{
	struct question q = frame();

	themes(&q, categories, COUNT(categories));
	areas_of(&q, a, GEO_LSOA11, 4);
	add(&q, 3, 0, 200);
	add(&q, 1, 0, 300);
	add(&q, 3, 1, 300);
	add(&q, 2, 1, 500);
	add(&q, 3, 2, 400);
	add(&q, 3, 3, 400);
	add(&q, 0, 3, 500);
	return q;
}

static struct question
ask_grid(const struct areas *a)
{
	static const char *const overlapping[] = { "violence", "theft",
		"robbery" };
	struct question q = frame();

	(void)a;
	q.slicing = SLICE_SUM;
	q.k = 3;
	themes(&q, overlapping, COUNT(overlapping));
	grid_of(&q, 1000, 144000, 160000, 216, 240, 4);
	add(&q, 3, 0, 90);
	add(&q, 3, 1, 110);
	add(&q, 3, 2, 130);
	add(&q, 3, 3, 150);
	add(&q, 2, 3, 400);
	return q;
}

static struct question
ask_running(const struct areas *a)
{
	struct question q = frame();

	themes(&q, categories, 2);
	areas_of(&q, a, GEO_LAD, 1);
	q.strategy = STRATEGY_RUNNING;
	for (unsigned i = 0; i < 5; i++)
		add(&q, 3, i, 250);
	return q;
}

static struct question
ask_haar(const struct areas *a)
{
	struct question q = frame();

	(void)a;
	q.slicing = SLICE_SUM;
	themes(&q, categories, 2);
	grid_of(&q, 1000, 290000, 160000, 60, 40, 1);
	q.strategy = STRATEGY_HAAR;
	for (unsigned y = 0; y <= 6; y++)
		for (unsigned x = 0; x <= 6; x++) {
			add(&q, 3, 0, 300 + 10 * (x + y));
			q.histograms[q.n_histograms - 1].x = (uint8_t)x;
			q.histograms[q.n_histograms - 1].y = (uint8_t)y;
		}
	return q;
}

static struct question
ask_laplace(const struct areas *a)
{
	struct question q = frame();

	themes(&q, categories, 3);
	areas_of(&q, a, GEO_MSOA11, 3);
	q.noise = NOISE_LAPLACE;
	add(&q, 3, 0, 4);
	add(&q, 3, 1, 6);
	add(&q, 3, 2, 6);
	return q;
}

static const struct {
	const char *name;
	struct question (*ask)(const struct areas *a);
} questions[] = { { "lsoa", ask_lsoa }, { "grid", ask_grid },
	{ "running", ask_running }, { "haar", ask_haar },
	{ "laplace", ask_laplace } };

/* Robbery is violence and theft, too: a record counts in up to three. */
#define POLICE "rule,police.crime,police.uk,"
static const char overlapping_rules[] =
    "rules,overlapping,1\n"
    "theme,violence,v\ntheme,asb,a\ntheme,theft,t\ntheme,robbery,r\n"
    "theme,burglary,b\ntheme,possession,p\ntheme,drugs,d\ntheme,damage,c\n"
    "theme,public-order,o\ntheme,other,x\n"
    "list,police.uk,codes/police.uk.csv\n"
    "rule,police.asb,police.uk,Anti-social behaviour,,,,asb\n" POLICE
    "Bicycle theft;Other theft;Shoplifting,,,,theft\n" POLICE
    "Theft from the person;Vehicle crime,,,,theft\n" POLICE
    "Burglary,,,,burglary;theft\n" POLICE
    "Criminal damage and arson,,,,damage\n" POLICE "Drugs,,,,drugs\n" POLICE
    "Other crime,,,,other\n" POLICE
    "Possession of weapons,,,,possession\n" POLICE
    "Public order,,,,public-order\n" POLICE
    "Robbery,,,,robbery;theft;violence\n" POLICE
    "Violence and sexual offences,,,,violence\n";

/* One run ----------------------------------------------------------------- */

struct world {
	struct question q;
	struct ladder *ladder;
	struct price price;
	int64_t *exact[NODES]; /* the histograms of each node */
	struct product_level truth[QUERY_LEVELS_MAX]; /* values alone */
	struct product shape;                         /* of the first run */
};

static void
release(int64_t *sum, const struct world *w, uint64_t seed)
{
	size_t n = question_answer(&w->q);
	struct release_plan plan = price_plan(&w->price, &w->q);
	int64_t *noisy = zeros(n, sizeof(*noisy));

	memset(sum, 0, n * sizeof(*sum));
	for (unsigned node = 0; node < NODES; node++) {
		struct stream st = { .seed = seed * NODES + node };
		struct rng rng = stream_rng(&st);
		struct grant grant;

		grant_new(&grant, &w->price.cost);
		need(release_counts(noisy, w->exact[node], &grant, &plan, &rng),
		    "release_counts");
		for (size_t i = 0; i < n; i++)
			sum[i] += noisy[i];
	}
	free(noisy);
}

/* The exact numbers of every level and time, from the counts alone. */
static void
set_truth(struct world *w, const uint32_t *counts, const struct product *p)
{
	const struct question *q = &w->q;

	for (unsigned l = 0; l < p->levels; l++)
		w->truth[l].values =
		    zeros((size_t)p->themes * p->times * p->level[l].n,
			sizeof(double));
	for (uint32_t t = 0; t < p->themes; t++)
		for (uint32_t time = 0; time < p->times; time++) {
			struct times_span span = times_span(q, time);

			for (uint32_t s = 0; s < span.n; s++)
				for (uint32_t i = 0; i <= q->n_places; i++) {
					uint32_t at = i;
					double v = counts[question_cell(
					    q, t, span.first + s, i)];

					for (unsigned l = 0; l < p->levels;
					     l++) {
						w->truth[l]
						    .values[product_index(p, l,
							t, time, at)] += v;
						if (l + 1 < p->levels)
							at =
							    w->ladder
								->parent[l][at];
					}
				}
		}
}

/* Coverage ---------------------------------------------------------------- */

struct cover {            /* of one level and kind of time, at one chance */
	double sum, sum2; /* of the runs' shares, and of their squares */
};

struct tally {
	struct cover *covers;               /* [levels][kinds][2] */
	uint16_t *missed[QUERY_LEVELS_MAX]; /* [cells][2]: runs outside */
};

static void
count_run(const struct world *w, const struct product *p, struct tally *t)
{
	for (unsigned l = 0; l < p->levels; l++) {
		double *in = zeros(p->kinds * 3, sizeof(*in));

		for (uint32_t theme = 0; theme < p->themes; theme++)
			for (uint32_t time = 0; time < p->times; time++)
				for (uint32_t i = 0; i < p->level[l].n; i++) {
					size_t at =
					    product_index(p, l, theme, time, i);
					size_t width =
					    product_width(p, &w->q, l, time, i);
					uint32_t kind = times_kind(&w->q, time);
					double away =
					    fabs(p->level[l].values[at] -
						 w->truth[l].values[at]) -
					    1e-6;
					bool out95 =
					    away > p->level[l].half_95[width];
					bool out90 =
					    away > p->level[l].half_90[width];

					in[kind * 3]++;
					in[kind * 3 + 1] += !out95;
					in[kind * 3 + 2] += !out90;
					t->missed[l][2 * at] =
					    (uint16_t)(t->missed[l][2 * at] +
						       out95);
					t->missed[l][2 * at + 1] =
					    (uint16_t)(t->missed[l]
								[2 * at + 1] +
						       out90);
				}
		for (uint32_t kind = 0; kind < p->kinds; kind++)
			for (unsigned c = 0; c < 2; c++) {
				struct cover *cover =
				    &t->covers[(l * p->kinds + kind) * 2 + c];
				double share =
				    in[kind * 3 + 1 + c] / in[kind * 3];

				cover->sum += share;
				cover->sum2 += share * share;
			}
		free(in);
	}
}

static bool
covers_good(const struct product *p, const struct tally *t, double runs)
{
	static const double stated[] = { 0.95, 0.90 };
	bool good = true;

	for (unsigned l = 0; l < p->levels; l++)
		for (uint32_t i = 0; i < p->kinds * 2; i++) {
			const struct cover *c =
			    &t->covers[l * p->kinds * 2 + i];
			double mean = c->sum / runs, want = stated[i % 2];
			double sd =
			    sqrt(fmax(0, c->sum2 / runs - mean * mean) / runs);
			bool fine = fabs(mean - want) <= SLACK + Z_ALL * sd;

			if (i < 4 || !fine)
				printf("level %u kind %u: %.0f %% intervals "
				       "cover %.2f %% +- %.2f%s\n",
				    l, i / 2, 100 * want, 100 * mean, 100 * sd,
				    fine ? "" : "  MISSED");
			good = good && fine;
		}
	return good;
}

/* ln of a bound of the chance that a number is missed so often or more:
 * Chernoff's, exp(-runs D(share || chance)). */
static double
rarity(double missed, double runs, double chance)
{
	double share = missed / runs;

	if (share <= chance)
		return 0;
	return -runs *
	       (share * log(share / chance) +
		   (share < 1 ? (1 - share) * log((1 - share) / (1 - chance))
			      : 0));
}

/* Every single number, over the runs: of some 500,000, one so rare comes with a
 * chance below 1e-6. */
static bool
numbers_good(const struct product *p, const struct tally *t, double runs)
{
	double rarest = 0;

	for (unsigned l = 0; l < p->levels; l++)
		for (size_t i = 0;
		     i < 2UL * p->themes * p->times * p->level[l].n; i++) {
			double ln = rarity(t->missed[l][i], runs,
			    (i % 2 == 0 ? 0.05 : 0.10) + SLACK);

			rarest = ln < rarest ? ln : rarest;
		}
	printf("the number missed most often: a chance of at most 10^%.1f\n",
	    rarest / log(10));
	return rarest >= -RARE;
}

/* Display ----------------------------------------------------------------- */

static bool
display_good(const struct world *w, const struct product *p)
{
	for (uint32_t t = 0; t < p->themes; t++)
		for (uint32_t time = 0; time < p->times; time++)
			for (unsigned l = 0; l < p->levels; l++) {
				const struct product_level *level =
				    &p->level[l];
				struct times_span span =
				    times_span(&w->q, time);
				int64_t *up = zeros(
				    l + 1 < p->levels ? p->level[l + 1].n : 1,
				    sizeof(*up));
				bool good = true;

				for (uint32_t i = 0; i < level->n; i++) {
					int64_t v =
					    level->display[product_index(
						p, l, t, time, i)];
					int64_t sum = 0;

					for (uint32_t s = 0;
					     s < span.n &&
					     w->q.strategy != STRATEGY_RUNNING;
					     s++)
						sum +=
						    level
							->display[product_index(
							    p, l, t,
							    span.first + s, i)];
					good =
					    good && v >= 0 &&
					    (sum == v || w->q.strategy ==
							     STRATEGY_RUNNING);
					if (l + 1 < p->levels)
						up[w->ladder->parent[l][i]] +=
						    v;
				}
				if (l + 1 < p->levels)
					for (uint32_t i = 0;
					     i < p->level[l + 1].n; i++)
						good =
						    good &&
						    up[i] ==
							p->level[l + 1].display
							    [product_index(p,
								l + 1, t, time,
								i)];
				free(up);
				if (!good) {
					printf("display: theme %u time %u "
					       "level %u does not add up\n",
					    t, time, l);
					return false;
				}
			}
	return true;
}

/* ------------------------------------------------------------------------- */

/* The records of the node in dir. */
static struct records *
open_records(const char *dir)
{
	char where[FILE_PATH];
	struct records *records = NULL;
	struct keys keys;

	need(file_path(where, dir, CONFIG_RECORDS), "path");
	need(site_keys(&keys, dir, NULL), dir);
	need(records_open(&records, where, RECORDS_COUNT, &keys), where);
	keys_wipe(&keys);
	return records;
}

static void
read_counts(struct world *w, uint32_t **counts, const char *dir,
    const struct areas *areas, const char *data, bool overlapping)
{
	struct themes *rules = NULL;
	struct records *records = open_records(dir);
	char path[FILE_PATH], *text = NULL;
	size_t len = sizeof(overlapping_rules) - 1, line;

	if (!overlapping) {
		need(file_path(path, data, "rules/themes.csv"), "path");
		need(file_read(&text, &len, path, 1 << 20), path);
	}
	need(themes_parse(
		 &rules, overlapping ? overlapping_rules : text, len, &line),
	    "rules");
	*counts = zeros(question_cells(&w->q), sizeof(**counts));
	need(records_count(*counts, records, &w->q, UINT32_MAX, areas, rules),
	    "records_count");
	records_close(records);
	themes_free(rules);
	free(text);
}

static void
set_exact(struct world *w, const uint32_t *counts)
{
	uint32_t *none = zeros(question_cells(&w->q), sizeof(*none));

	for (unsigned i = 0; i < NODES; i++) {
		w->exact[i] =
		    zeros(question_answer(&w->q), sizeof(*w->exact[i]));
		need(measure_counts(
			 w->exact[i], i == 0 ? counts : none, &w->q, w->ladder),
		    "measure_counts");
	}
	free(none);
}

static int
run_all(struct world *w, const uint32_t *counts, unsigned long runs)
{
	int64_t *sum = zeros(question_answer(&w->q), sizeof(*sum));
	struct tally t = { 0 };
	struct product p = { 0 };
	bool good = true;

	for (unsigned long run = 0; run < runs; run++) {
		release(sum, w, run + 1);
		need(product_make(&p, &w->q, w->ladder, sum, NODES),
		    "product_make");
		if (run == 0) {
			set_truth(w, counts, &p);
			t.covers =
			    zeros(p.levels * p.kinds * 2UL, sizeof(*t.covers));
			for (unsigned l = 0; l < p.levels; l++)
				t.missed[l] = zeros(
				    2UL * p.themes * p.times * p.level[l].n,
				    sizeof(*t.missed[l]));
		}
		count_run(w, &p, &t);
		good = display_good(w, &p) && good;
		if (run + 1 < runs)
			product_free(&p);
	}
	good = covers_good(&p, &t, (double)runs) && good;
	good = numbers_good(&p, &t, (double)runs) && good;
	for (unsigned l = 0; l < p.levels; l++) {
		free(t.missed[l]);
		free(w->truth[l].values);
	}
	free(t.covers);
	product_free(&p);
	free(sum);
	return good ? 0 : 1;
}

int
main(int argc, char **argv)
{
	struct world w = { 0 };
	struct areas *areas = NULL;
	char path[FILE_PATH], *text;
	uint32_t *counts;
	size_t len, line, i;
	int status;

	if (argc != 5) {
		fprintf(stderr, "truth QUESTION RUNS RECORDS.DB DATA\n");
		return 2;
	}
	for (i = 0; i < COUNT(questions); i++)
		if (strcmp(questions[i].name, argv[1]) == 0)
			break;
	if (i == COUNT(questions))
		return 2;
	need(file_path(path, argv[4], "areas/lsoa11.csv"), "path");
	need(file_read(&text, &len, path, 16u << 20), path);
	need(areas_parse(&areas, text, len, &line), path);
	free(text);
	w.q = questions[i].ask(areas);
	need(price_make(&w.price, &w.q), "price");
	need(ladder_new(&w.ladder, &w.q, areas), "ladder");
	read_counts(
	    &w, &counts, argv[3], areas, argv[4], strcmp(argv[1], "grid") == 0);
	set_exact(&w, counts);
	status = run_all(&w, counts, strtoul(argv[2], NULL, 10));
	printf("%s: %s runs, %u counts, %u cells an answer: %s\n", argv[1],
	    argv[2], question_cells(&w.q), question_answer(&w.q),
	    status == 0 ? "true" : "NOT TRUE");
	for (unsigned n = 0; n < NODES; n++)
		free(w.exact[n]);
	free(counts);
	ladder_free(w.ladder);
	areas_free(areas);
	return status;
}
