#include "client/choice.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "cli/near.h"
#include "client/plain.h"

bool
choice_holds(const struct member *m, uint32_t sources, uint16_t first_month,
    uint16_t n_months)
{
	return (m->sources & sources) != 0 && first_month >= m->first_month &&
	       first_month + n_months <= m->first_month + m->n_months;
}

/* Does the node cover the force area? */
static bool
covers(const struct member *m, const char *force)
{
	for (unsigned i = 0; i < m->n_covers; i++)
		if (strcmp(m->covers[i], force) == 0)
			return true;
	return false;
}

static bool
is_node(const struct member *m, uint64_t now_s)
{
	return member_has(m, ROLE_NODE) && member_current(m, now_s);
}

/* Puts a code into its place; one that is there already changes nothing. */
static bool
add_force(struct choice *c, const char *code)
{
	uint16_t at = 0;

	while (at < c->n_forces && strcmp(c->forces[at], code) < 0)
		at++;
	if (at < c->n_forces && strcmp(c->forces[at], code) == 0)
		return true;
	if (c->n_forces == QUERY_AREAS_MAX)
		return false;
	memmove(
	    c->forces[at + 1], c->forces[at], (size_t)(c->n_forces - at) * GSS);
	memcpy(c->forces[at], code, GSS);
	c->n_forces++;
	return true;
}

static void
take_forces(struct choice *c, struct doc *doc, const struct wish *w,
    const struct ground *g)
{
	for (uint16_t i = 0; i < w->where.n_forces; i++) {
		const struct reader_name *name = &w->where.forces[i];
		const char *near;
		char code[GSS];
		uint16_t before = c->n_forces;

		if (ground_force(g, code, name->text, &near)) {
			/* the wish has at most as many as fit */
			if (add_force(c, code) && c->n_forces == before)
				doc_complain(doc, name->at,
				    "force \"%.40s\" stands twice; keep one",
				    name->text);
		} else if (near != NULL) {
			doc_complain(doc, name->at,
			    "there is no police force area \"%.40s\"; did you "
			    "mean \"%s\"?",
			    name->text, near);
		} else {
			doc_complain(doc, name->at,
			    "there is no police force area \"%.40s\"; write a "
			    "code such as W15000003 or a name such as South "
			    "Wales",
			    name->text);
		}
	}
}

/* Complains of a node that the roster lacks, naming the nearest. */
static void
no_node(struct doc *doc, const struct reader_name *name, const struct roster *r,
    uint64_t now_s)
{
	const char *words[2 * ROSTER_PARTIES_MAX], *near;
	size_t n = 0;

	for (unsigned i = 0; i < r->n; i++)
		if (is_node(&r->members[i], now_s)) {
			words[n++] = r->members[i].id.s;
			words[n++] = r->members[i].name;
		}
	near = near_word(name->text, words, n);
	if (near != NULL)
		doc_complain(doc, name->at,
		    "the roster has no node \"%.40s\"; did you mean \"%s\"?",
		    name->text, near);
	else
		doc_complain(doc, name->at,
		    "the roster (epoch %u) has no node \"%.40s\"; `ward roster "
		    "show` lists them",
		    (unsigned)r->epoch, name->text);
}

static const struct member *
node_named(const struct roster *r, const char *text, uint64_t now_s)
{
	for (unsigned i = 0; i < r->n; i++) {
		const struct member *m = &r->members[i];

		if (is_node(m, now_s) && (strcasecmp(m->id.s, text) == 0 ||
					     strcasecmp(m->name, text) == 0))
			return m;
	}
	return NULL;
}

static int
by_id(const void *a, const void *b)
{
	const struct member *const *x = a, *const *y = b;

	return memcmp((*x)->id.s, (*y)->id.s, PARTY_ID);
}

static void
take_nodes(struct choice *c, struct doc *doc, const struct wish *w,
    const struct roster *r, uint64_t now_s)
{
	for (uint16_t i = 0; i < w->n_nodes; i++) {
		const struct reader_name *name = &w->nodes[i];
		const struct member *m = node_named(r, name->text, now_s);
		bool twice = false;

		if (m == NULL) {
			no_node(doc, name, r, now_s);
			continue;
		}
		for (uint16_t j = 0; j < c->n_nodes; j++)
			twice = twice || c->nodes[j] == m;
		if (twice)
			doc_complain(doc, name->at,
			    "node \"%.40s\" stands twice; keep one",
			    name->text);
		else
			c->nodes[c->n_nodes++] = m;
	}
	qsort(c->nodes, c->n_nodes, sizeof(c->nodes[0]), by_id);
}

/* May the node hold records of a place that the wish asks about?  One that is
 * of no area (British Transport Police) may anywhere, and one whose extent
 * cannot be told is asked too: it answers with noise, which is no harm. */
static bool
touches(const struct member *m, const struct choice *c, const struct wish *w,
    const struct ground *g)
{
	struct extent x;

	if (m->n_covers == 0)
		return true;
	for (uint16_t i = 0; i < c->n_forces; i++)
		if (covers(m, c->forces[i]))
			return true;
	if (c->n_forces > 0)
		return false;
	if (!w->where.boxed ||
	    ground_extent(g, &x, m->covers, m->n_covers) != E_OK)
		return true;
	return x.east >= w->where.west && x.north >= w->where.south &&
	       x.west <
		   w->where.west + (double)w->where.cols * w->where.cell_m &&
	       x.south <
		   w->where.south + (double)w->where.rows * w->where.cell_m;
}

/* All nodes that hold what the wish asks. */
static void
take_all_nodes(struct choice *c, struct doc *doc, const struct wish *w,
    const struct roster *r, const struct ground *g, uint64_t now_s)
{
	char months[PLAIN_MONTHS];

	for (unsigned i = 0; i < r->n; i++) {
		const struct member *m = &r->members[i];

		if (!is_node(m, now_s) ||
		    !choice_holds(m, w->sources, w->first_month, w->n_months) ||
		    !touches(m, c, w, g))
			continue;
		if (c->n_nodes == QUERY_NODES_MAX) {
			doc_complain(doc, w->at_nodes,
			    "more than %d nodes hold this; name those to ask",
			    QUERY_NODES_MAX);
			return;
		}
		c->nodes[c->n_nodes++] = m;
	}
	if (c->n_nodes > 0)
		return;
	plain_months(months, w->first_month, w->n_months);
	doc_complain(doc, w->at_nodes != 0 ? w->at_nodes : w->at_sources,
	    "no node of the roster (epoch %u) holds these sources there for "
	    "all of %s; `ward roster show` tells what they hold",
	    (unsigned)r->epoch, months);
}

/* The forces that the chosen nodes cover. */
static void
take_all_forces(struct choice *c, struct doc *doc, const struct wish *w,
    const struct ground *g)
{
	for (uint16_t i = 0; i < c->n_nodes; i++)
		for (unsigned j = 0; j < c->nodes[i]->n_covers; j++) {
			const char *code = c->nodes[i]->covers[j];

			if (!areas_has_force(g->areas, code)) {
				doc_complain(doc, w->at_nodes,
				    "node %s covers %s, which is no force area "
				    "of these files; name the forces",
				    c->nodes[i]->id.s, code);
				continue;
			}
			if (!add_force(c, code)) {
				doc_complain(doc, w->where.at,
				    "the nodes cover more than %d forces; name "
				    "those to ask about",
				    QUERY_AREAS_MAX);
				return;
			}
		}
	if (c->n_nodes > 0 && c->n_forces == 0)
		doc_complain(doc, w->where.at,
		    "the roster says of no node asked which force areas it "
		    "covers; name the forces");
}

bool
choice_make(struct choice *out, struct doc *doc, const struct wish *w,
    const struct roster *r, const struct ground *g, uint64_t now_s)
{
	size_t before = doc_faults(doc);
	struct choice c = { 0 };

	take_forces(&c, doc, w, g);
	if (w->n_nodes > 0)
		take_nodes(&c, doc, w, r, now_s);
	else if (doc_faults(doc) == before)
		take_all_nodes(&c, doc, w, r, g, now_s);
	if (w->where.n_forces == 0 && !w->where.boxed &&
	    doc_faults(doc) == before)
		take_all_forces(&c, doc, w, g);
	*out = c;
	return doc_faults(doc) == before;
}
