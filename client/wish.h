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
#include "model/query.h"

struct wish_name {
	const char *text; /* a view into the doc */
	int at;           /* its value in the doc */
};

struct wish {
	const char *title, *purpose, *project; /* views; shorter than 201 */
	uint32_t sources;                      /* bits of enum source */
	uint16_t n_themes;
	uint8_t themes[QUERY_THEMES_MAX]; /* strictly rising */
	uint16_t first_month, n_months;
	uint32_t slicing, geo;

	uint16_t n_forces; /* 0: wherever the nodes asked are */
	struct wish_name forces[QUERY_AREAS_MAX];
	uint32_t cell_m; /* of a grid; 1,000 when not said */
	bool boxed;      /* west ... rows were given */
	uint32_t west, south, cols, rows;

	uint64_t rho_nrho;       /* wanted charge; 0: the variance was given */
	uint32_t s2_num, s2_den; /* variance in lowest terms; 0/0 with a rho */
	uint16_t c;
	uint16_t d; /* key domains; 0: not said */

	uint16_t n_nodes; /* 0: all */
	struct wish_name nodes[QUERY_NODES_MAX];
	uint64_t send_after_s;  /* from compiling */
	uint64_t close_after_s; /* from sending */
	uint64_t valid_for_s;   /* from compiling */
	uint16_t quorum;

	int at_sources, at_themes, at_months, at_geography, at_privacy,
	    at_nodes, at_valid, at_quorum; /* in the doc */
};

/*
 * wish_read: the wish in doc; complaints go to doc, and then out is not to be
 * used.  out points into doc.
 */
bool wish_read(struct wish *out, struct doc *doc) MUST_USE;

/* wish_template: the text of a new query file. */
const char *wish_template(void);

/*
 * wish_seconds: "10s", "5m", "12h", "7d" as seconds.
 *
 * E_FORMAT	not digits and one of those letters.
 * E_RANGE	longer than a query may live (QUERY_LIFE_S).
 */
enum err wish_seconds(uint64_t *out, const char *s) MUST_USE;

#endif
