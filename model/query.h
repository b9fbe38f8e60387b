/*
 * model/query.h -- a compiled query as plain, validated values.
 *
 * No pointers: the struct crosses the pipe from the decoder as it stands and
 * is checked again by query_check on arrival.
 *
 * The counts of a question, in order (see question_cells): for each theme of
 * question.themes in order, for each time slice, for each place of the finest
 * level; the last place of each slice counts the matching records that have no
 * usable place ("not placed").  Records placed outside the geography match
 * nothing.  Every coarser level has a "not placed" of its own, too, so that
 * levels add up.
 *
 * What a node answers are noisy *histograms* of these counts (struct
 * histogram), all of them linear with coefficients 0, 1 and -1, one after
 * another; estimates of the counts come from them (analysis/).
 */
#ifndef MODEL_QUERY_H
#define MODEL_QUERY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "base/noise.h"
#include "model/party.h"

#define QUERY_VERSION 2
#define QUERY_TITLE 201 /* bytes of UTF-8 with the final NUL, no controls */
#define QUERY_THEMES_MAX 16
#define QUERY_MONTHS_MAX 120
#define QUERY_AREAS_MAX 64
#define QUERY_NODES_MAX 64
#define QUERY_CELLS_MAX (1U << 20)  /* counts of a question */
#define QUERY_ANSWER_MAX (1U << 21) /* noisy cells of an answer */
#define QUERY_LEVELS_MAX 5
#define QUERY_HISTOGRAMS_MAX 128
#define QUERY_HAAR_BITS 10 /* a HAAR grid has at most 2^10 columns and rows */
#define QUERY_LIFE_S (30U * 86400) /* a query is valid at most 30 days */
#define QUERY_C_MAX 16
#define QUERY_ID 32 /* bytes of a query id, question id, file hash */
#define GSS 10      /* "W01001444" and NUL */

enum measure { MEASURE_COUNT = 1 };
enum slicing { SLICE_SUM = 1, SLICE_MONTH = 2 }; /* one slice, or one a month */
enum geo { GEO_GRID = 1, GEO_LSOA11, GEO_MSOA11, GEO_LAD, GEO_FORCE };
enum strategy {
	STRATEGY_NESTED = 1, /* histograms of places on nested levels, themes
			      * and slices kept apart or added up: identity,
			      * trees, marginals */
	STRATEGY_RUNNING,    /* of nested blocks of time: running totals */
	STRATEGY_HAAR, /* the bands of a tensor Haar transform of a grid */
};
enum mode { MODE_PER_NODE = 1 };

enum source { /* bits */
	SOURCE_POLICE_CRIME = 1,
	SOURCE_POLICE_ASB = 2,
	SOURCE_NHS_ED = 4,
	SOURCE_NHS_AMBULANCE = 8,
	SOURCE_EDU_EXCLUSION = 16,
	SOURCE_PLATFORM_REPORT = 32,
};
#define SOURCE_ALL 63U

enum by { /* axes that a histogram keeps apart; others are added up */
	BY_THEME = 1,
	BY_TIME = 2,
};

struct histogram {
	uint8_t by; /* bits of enum by; an axis of length 1 is kept apart */
	uint8_t
	    level;    /* NESTED: of places; RUNNING: blocks of 2^level slices */
	uint8_t x, y; /* HAAR: the bands along columns and rows */
	uint32_t num, den; /* size of its noise, see base/noise */
};

/* What the answer depends on: hashed as bytes it is the question id. */
struct question {
	uint32_t measure;                 /* enum measure */
	uint32_t sources;                 /* bits of enum source, not 0 */
	uint16_t n_themes;                /* 1 ... QUERY_THEMES_MAX */
	uint8_t themes[QUERY_THEMES_MAX]; /* enum theme, strictly rising */
	uint16_t first_month;             /* since 1970-01 */
	uint16_t n_months;                /* 1 ... QUERY_MONTHS_MAX */
	uint32_t slicing;                 /* enum slicing */

	uint32_t geo; /* enum geo */
	/* GEO_GRID: squares of cell_m metres (125 * 2^i, 1,000 ... 16,000),
	 * aligned to multiples of cell_m in EPSG:27700; row 0 is south, column
	 * 0 west, place = row * cols + col.  Otherwise all 0. */
	uint32_t cell_m, west, south, cols, rows;
	/* Other geographies: police force areas whose parts are the places, in
	 * the order of model/area.  n_areas is 0 for GEO_GRID. */
	uint16_t n_areas;
	char areas[QUERY_AREAS_MAX][GSS]; /* strictly rising */
	uint32_t n_places;                /* without "not placed" */
	/* Levels that are published, the finest first: squares of cell_m << i,
	 * which tile the grid, or geo + i.  [0] is n_places, unused ones 0. */
	uint16_t n_levels; /* 1 ... QUERY_LEVELS_MAX; 1 unless NESTED */
	uint32_t level_places[QUERY_LEVELS_MAX];
	uint8_t areas_hash[QUERY_ID]; /* of the lookup file; 0 for GEO_GRID */
	uint8_t rules_hash[QUERY_ID]; /* of the theme rules file */

	uint16_t c; /* records kept per person-month, 1 ... QUERY_C_MAX */
	uint16_t k; /* themes one record can count in, 1 ... n_themes */
	uint16_t d; /* unlinked key domains that one person may be under */
	uint16_t g; /* agencies that may know one person; stated, see privacy */
	uint32_t strategy;     /* enum strategy */
	uint32_t noise;        /* enum noise, of all histograms */
	uint16_t n_histograms; /* 1 ... QUERY_HISTOGRAMS_MAX */
	/* Strictly rising by level, then from those that keep more axes apart
	 * (by 3, 2, 1, 0); the first keeps all apart on level 0.  HAAR: all
	 * bands, x running fastest.  With Laplace noise every one keeps all
	 * apart. */
	struct histogram histograms[QUERY_HISTOGRAMS_MAX];
	/* Each month touched, each node, as privacy/charge has it: nrho with
	 * Gaussian noise, neps with Laplace noise, the other 0. */
	uint64_t charge_nrho, charge_neps, charge_tv;
	uint32_t mode;                          /* enum mode */
	uint16_t n_nodes;                       /* 1 ... QUERY_NODES_MAX */
	struct party_id nodes[QUERY_NODES_MAX]; /* strictly rising */
};

struct query {
	uint32_t version; /* QUERY_VERSION */
	char title[QUERY_TITLE];
	char purpose[QUERY_TITLE];
	char project[QUERY_TITLE];
	struct party_id researcher;
	uint32_t roster_epoch;
	uint8_t roster_hash[QUERY_ID];
	uint64_t created_at, not_after; /* UTC seconds */
	uint64_t send_at, close_at; /* created <= send < close <= not_after */
	uint16_t quorum; /* answers without which nothing is released */
	struct question q;
	uint8_t question_id[QUERY_ID]; /* set by protocol/codec */
};

/* query_check: E_OK when every field is inside its documented range, strings
 * are NUL-terminated, sets strictly rising, unused fields and bytes zero, the
 * cells at most QUERY_CELLS_MAX, not_after before the last month; E_RANGE.  It
 * does not know the roster, the clock, the rules or the areas file. */
enum err query_check(const struct query *q) MUST_USE;

/* question_slices: 1 or n_months.  question_cells: its counts: themes * slices
 * * (n_places + 1); at most QUERY_CELLS_MAX for a checked question. */
uint32_t question_slices(const struct question *q);
uint32_t question_cells(const struct question *q);

/* question_answer: the cells of an answer, all histograms together;
 * question_histogram: those of the i-th, ordered as the counts are: for each
 * theme (or one), for each slice or block of slices (or one), for each place of
 * the level and "not placed".  HAAR: for each theme, for each slice, the
 * coefficients of the band (analysis/haar), in the last band then "not
 * placed". */
uint32_t question_answer(const struct question *q);
uint32_t question_histogram(const struct question *q, unsigned i);

/* question_blocks: time blocks of a RUNNING histogram: slices / 2^level,
 * rounded up.  question_bits: the least l with 2^l >= n: a HAAR grid has
 * 2^question_bits(cols) columns; those past the last are empty. */
uint32_t question_blocks(const struct question *q, unsigned level);
unsigned question_bits(uint32_t n);

/* question_cell: the index of (theme number i, slice, place); place n_places
 * is "not placed". */
uint32_t question_cell(const struct question *q, uint32_t theme_index,
    uint32_t slice, uint32_t place);

/* Words for enums: "grid", "lsoa11", "msoa11", "lad", "force"; "police.crime",
 * "police.asb", "nhs.ed", "nhs.ambulance", "edu.exclusion", "platform.report".
 * Unknown: E_NOTFOUND, or "?" the other way. */
enum err geo_parse(uint32_t *out, const char *s) MUST_USE;
const char *geo_text(uint32_t geo);
enum err source_parse(uint32_t *out, const char *s) MUST_USE;
const char *source_text(uint32_t one_source);

#endif
