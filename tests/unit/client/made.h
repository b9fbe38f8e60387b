/* A roster and a query file, made up for the tests of client/. */
#ifndef TESTS_CLIENT_MADE_H
#define TESTS_CLIENT_MADE_H

#include <stdlib.h>
#include <string.h>

#include "client/compile.h"
#include "client/doc.h"
#include "client/ground.h"
#include "client/wish.h"
#include "policies/roster.h"

#define MADE_NOW UINT64_C(1700000000)

static const char *const made_lines[] = {
	"title: Violence",
	"purpose: prevention",
	"project: Safer streets",
	"sources: [police.crime, police.asb, nhs.ed]",
	"themes: [violence, asb]",
	"months: 2021-01..2021-12",
	"per: total",
	"geography: {kind: lsoa11, forces: all}",
	"privacy: {rho: \"0.02\"}",
	"nodes: all",
	"send_after: 30s",
	"close_after: 2h",
	"valid_for: 7d",
	"quorum: 1",
};
#define MADE_LINES (sizeof(made_lines) / sizeof(made_lines[0]))

/* The file with up to two lines replaced: the line of the same key. */
static inline struct doc *
made_doc(const char *a, const char *b)
{
	char text[4000] = "";
	struct doc *doc = NULL;

	for (size_t i = 0; i < MADE_LINES; i++) {
		const char *s = made_lines[i];
		size_t key = strcspn(s, ":") + 1;

		if (a != NULL && strncmp(a, s, key) == 0)
			s = a;
		if (b != NULL && strncmp(b, s, key) == 0)
			s = b;
		strcat(text, s);
		strcat(text, "\n");
	}
	return doc_parse(&doc, text, strlen(text), "q") == E_OK ? doc : NULL;
}

static inline struct member *
made_member(struct roster *r, const char *id, unsigned roles, const char *name)
{
	struct member *m = &r->members[r->n++];

	strcpy(m->id.s, id);
	strcpy(m->name, name);
	strcpy(m->organisation, name);
	m->roles = roles;
	m->valid_from = 0;
	m->valid_until = MADE_NOW + 86400;
	return m;
}

static inline void
made_node(struct roster *r, const char *id, const char *name,
    enum sector sector, uint32_t sources, const char *force)
{
	struct member *m = made_member(r, id, ROLE_NODE, name);

	m->sector = sector;
	m->sources = sources;
	m->first_month = 612;
	m->n_months = 12;
	m->n_covers = 1;
	strcpy(m->covers[0], force);
}

/* Members by id, rising, as roster_find wants them. */
static inline struct roster *
made_roster(void)
{
	const uint32_t police = SOURCE_POLICE_CRIME | SOURCE_POLICE_ASB;
	struct roster *r = calloc(1, sizeof(*r));

	r->epoch = 3;
	r->valid_until = MADE_NOW + 86400;
	memset(r->hash, 0x33, sizeof(r->hash));
	made_member(r, "analyst", ROLE_RESEARCHER, "The analyst");
	made_node(r, "cardiff-uhb", "Cardiff Health Board", SECTOR_NHS,
	    SOURCE_NHS_ED, "W15000003");
	made_node(r, "gone", "A node of the past", SECTOR_POLICE, police,
	    "W15000001");
	r->members[r->n - 1].valid_until = MADE_NOW;
	made_node(
	    r, "gwent", "Gwent Police", SECTOR_POLICE, police, "W15000002");
	made_node(
	    r, "late", "A node of 2022", SECTOR_POLICE, police, "W15000004");
	r->members[r->n - 1].first_month = 624;
	made_node(r, "south-wales", "South Wales Police", SECTOR_POLICE, police,
	    "W15000003");
	return r;
}

static const struct party_id made_analyst = { "analyst" };

/* The compiled query of the file with those lines. */
static inline enum err
made_query(struct query *out, struct doc **doc, const struct roster *r,
    const struct ground *g, const char *a, const char *b)
{
	struct compile_world world = { g, r, &made_analyst, MADE_NOW };
	struct wish w;

	*doc = made_doc(a, b);
	if (!wish_read(&w, *doc))
		return E_FORMAT;
	return compile_wish(out, *doc, &w, &world);
}

#endif
