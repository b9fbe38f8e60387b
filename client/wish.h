/*
 * client/wish.h -- a question as a person writes it: the query file, YAML.
 *
 * `ward query new` writes a commented one.  What depends on the roster or the
 * shipped data (names of forces, nodes, what themes overlap) is settled by
 * client/compile; the places in the file are kept for its complaints.
 */
#ifndef CLIENT_WISH_H
#define CLIENT_WISH_H

#include <stdbool.h>
#include <stdint.h>

#include "client/doc.h"
#include "client/reader.h"
#include "client/terms.h"
#include "client/where.h"
#include "model/query.h"

enum wish_strategy {    /* what is measured */
	WISH_AUTO,      /* whatever serves best */
	WISH_IDENTITY,  /* the counts asked for and nothing else */
	WISH_TREE,      /* places on every level */
	WISH_MARGINALS, /* those, and all months added up */
	WISH_RUNNING,   /* nested blocks of months */
	WISH_HAAR,      /* bands of squares, for sums over rectangles */
};

struct wish {
	const char *title, *purpose, *project; /* views; shorter than 201 */
	uint32_t sources;                      /* bits of enum source */
	uint16_t n_themes;
	uint8_t themes[QUERY_THEMES_MAX]; /* strictly rising */
	uint16_t first_month, n_months;
	enum terms_per per;
	struct where where;
	struct terms terms;
	enum wish_strategy strategy;
	uint16_t c;
	uint16_t d; /* key domains; 0: not said */

	uint16_t n_nodes; /* 0: all */
	struct reader_name nodes[QUERY_NODES_MAX];
	uint64_t send_after_s;  /* from compiling */
	uint64_t close_after_s; /* from sending */
	uint64_t valid_for_s;   /* from compiling */
	uint16_t quorum;

	int at_sources, at_themes, at_months, at_per, at_strategy, at_nodes,
	    at_valid, at_quorum; /* in the doc */
};

/*
 * wish_read: the wish in doc; complaints go to doc, and then out is not to be
 * used.  out points into doc.
 */
bool wish_read(struct wish *out, struct doc *doc) MUST_USE;

/*
 * wish_seconds: "10s", "5m", "12h", "7d" as seconds.
 *
 * E_FORMAT	not digits and one of those letters.
 * E_RANGE	longer than a query may live (QUERY_LIFE_S).
 */
enum err wish_seconds(uint64_t *out, const char *s) MUST_USE;

#endif
