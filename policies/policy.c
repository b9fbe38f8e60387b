#include "policies/policy.h"

#include <assert.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/num.h"
#include "crypto/hash.h"
#include "model/month.h"
#include "model/source.h"
#include "model/theme.h"
#include "policies/value.h"

#define TEXT_MOST 128
#define APPROVALS_MOST 16
#define CELL_LEAST 1000 /* metres of a grid square */
#define CELL_MOST 16000
#define USUAL_QUERY_NRHO UINT64_C(20000000)
#define USUAL_MONTH_NRHO UINT64_C(100000000)
#define USUAL_NEPS UINT64_C(2000000000) /* of a query, and of a month */

struct source_raw {
	char *source, *unit, *domain, *months, *finest_area, *finest_cell_m;
};

struct policy_raw {
	char *node, *contribution, *query_rho, *month_rho, *query_epsilon,
	    *month_epsilon, *approvals, *max_life, *demo, *synthetic;
	struct source_raw *sources;
	char **themes;
	unsigned n_sources, n_themes;
};

#define SOURCE(member, more)                                         \
	CYAML_FIELD_STRING_PTR(#member, CYAML_FLAG_POINTER | (more), \
	    struct source_raw, member, 1, TEXT_MOST)
#define FIELD(member, more)                                          \
	CYAML_FIELD_STRING_PTR(#member, CYAML_FLAG_POINTER | (more), \
	    struct policy_raw, member, 1, TEXT_MOST)

static const cyaml_schema_field_t source_fields[] = {
	SOURCE(source, 0),
	SOURCE(unit, 0),
	SOURCE(domain, CYAML_FLAG_OPTIONAL),
	SOURCE(months, 0),
	SOURCE(finest_area, 0),
	SOURCE(finest_cell_m, 0),
	CYAML_FIELD_END,
};

static const cyaml_schema_value_t source_schema = { CYAML_VALUE_MAPPING(
    CYAML_FLAG_DEFAULT, struct source_raw, source_fields) };

static const cyaml_schema_value_t word = { CYAML_VALUE_STRING(
    CYAML_FLAG_POINTER, char, 1, TEXT_MOST) };

static const cyaml_schema_field_t fields[] = {
	FIELD(node, 0),
	CYAML_FIELD_SEQUENCE_COUNT("sources", CYAML_FLAG_POINTER,
	    struct policy_raw, sources, n_sources, &source_schema, 1,
	    POLICY_SOURCES_MAX),
	CYAML_FIELD_SEQUENCE_COUNT("themes", CYAML_FLAG_POINTER,
	    struct policy_raw, themes, n_themes, &word, 1, THEMES),
	FIELD(contribution, 0),
	FIELD(query_rho, 0),
	FIELD(month_rho, 0),
	FIELD(query_epsilon, CYAML_FLAG_OPTIONAL),
	FIELD(month_epsilon, CYAML_FLAG_OPTIONAL),
	FIELD(approvals, 0),
	FIELD(max_life, 0),
	FIELD(demo, 0),
	FIELD(synthetic, 0),
	CYAML_FIELD_END,
};

static const cyaml_schema_value_t schema = { CYAML_VALUE_MAPPING(
    CYAML_FLAG_POINTER, struct policy_raw, fields) };

/* A name of a key domain, such as nhs.patient. */
static enum err
take_domain(struct policy_source *s, const struct value_file *f,
    const struct source_raw *raw)
{
	size_t n = strlen(raw->domain);

	if (n >= POLICY_DOMAIN ||
	    strspn(raw->domain, "abcdefghijklmnopqrstuvwxyz0123456789.-") != n)
		return value_bad(f, "domain",
		    "'%.40s' is none; write 1 to %d of a-z, 0-9, . and -, "
		    "such as nhs.patient",
		    raw->domain, POLICY_DOMAIN - 1);
	memcpy(s->domain, raw->domain, n);
	return E_OK;
}

static enum err
take_unit(struct policy_source *s, const struct value_file *f,
    const struct source_raw *raw)
{
	if (strcmp(raw->unit, "person") != 0 &&
	    strcmp(raw->unit, "record") != 0)
		return value_bad(f, "unit",
		    "'%.40s' is no unit; write person, or record if the source "
		    "has no usable key of a person",
		    raw->unit);
	s->person = raw->unit[0] == 'p';
	/* what has no key of a person must not promise to protect one */
	if (s->person && source_of(s->source)->people == NULL)
		return value_bad(f, "unit",
		    "'person', but no person is told apart in %s; write unit: "
		    "record",
		    source_text(s->source));
	if (raw->domain == NULL && s->person)
		return value_bad(f, NULL,
		    "persons without a domain; add domain: a name shared by "
		    "the sources that know a person by the same key");
	return raw->domain == NULL ? E_OK : take_domain(s, f, raw);
}

/* Is what may be asked no finer than what is ever kept? */
static enum err
check_finest(const struct policy_source *s, const struct value_file *f)
{
	const struct source_facts *source = source_of(s->source);

	if (s->finest_geo < source->finest_geo)
		return value_bad(f, "finest_area",
		    "%s is never kept finer than %s; write that or a coarser "
		    "level",
		    source->name, geo_text(source->finest_geo));
	if (s->finest_cell_m != 0 && !source->points)
		return value_bad(f, "finest_cell_m",
		    "%s is kept by area only; write 0", source->name);
	return E_OK;
}

static enum err
take_finest(struct policy_source *s, const struct value_file *f,
    const struct source_raw *raw)
{
	uint64_t cell;
	enum err e;

	if (geo_parse(&s->finest_geo, raw->finest_area) != E_OK ||
	    s->finest_geo == GEO_GRID)
		return value_bad(f, "finest_area",
		    "'%.40s' is no area level; write lsoa11, msoa11, lad or "
		    "force",
		    raw->finest_area);
	if ((e = value_number(&cell, f, "finest_cell_m", raw->finest_cell_m, 0,
		 CELL_MOST)) != E_OK)
		return e;
	for (uint32_t m = CELL_LEAST; m <= CELL_MOST; m *= 2)
		if (cell == m || cell == 0) {
			s->finest_cell_m = (uint32_t)cell;
			return check_finest(s, f);
		}
	return value_bad(f, "finest_cell_m",
	    "%" PRIu64 " is no size of squares; write 1000, 2000, 4000, 8000 "
	    "or 16000, or 0 for no squares",
	    cell);
}

static enum err
take_source(
    struct policy *p, const struct value_file *f, const struct source_raw *raw)
{
	struct policy_source *s = &p->sources[p->n_sources];
	enum err e;

	if (source_parse(&s->source, raw->source) != E_OK)
		return value_bad(f, "source",
		    "'%.40s' is no source; write " SOURCE_WORDS, raw->source);
	if (policy_source(p, s->source) != NULL)
		return value_bad(
		    f, "source", "'%s' twice; keep one", raw->source);
	if ((e = take_unit(s, f, raw)) != E_OK ||
	    (e = value_months(&s->first_month, &s->n_months, f, "months",
		 raw->months)) != E_OK ||
	    (e = take_finest(s, f, raw)) != E_OK)
		return e;
	p->n_sources++;
	return E_OK;
}

static enum err
take_themes(
    struct policy *p, const struct value_file *f, const struct policy_raw *raw)
{
	for (unsigned i = 0; i < raw->n_themes; i++) {
		uint8_t theme;

		if (theme_parse(&theme, raw->themes[i]) != E_OK)
			return value_bad(f, "themes",
			    "'%.40s' is no theme; see the list in the comment "
			    "of a new policy",
			    raw->themes[i]);
		if ((p->themes >> theme & 1) != 0)
			return value_bad(f, "themes", "'%s' twice; remove one",
			    raw->themes[i]);
		p->themes |= 1U << theme;
	}
	return E_OK;
}

/* An epsilon, which may be "0", or left out: then it is what the file says
 * beside it, or none.  Nothing that a file does not say is ever spent. */
static enum err
take_epsilon(uint64_t *out, const struct value_file *f, const char *key,
    const char *raw, const char *beside)
{
	const char *s = raw != NULL ? raw : beside;
	int64_t n;

	*out = 0;
	if (s == NULL ||
	    (num_parse_fixed(&n, s, strlen(s), 9) == E_OK && n == 0))
		return E_OK;
	return value_rho(out, f, key, s);
}

static enum err
take_caps(
    struct policy *p, const struct value_file *f, const struct policy_raw *raw)
{
	struct cost query = { .tv = POLICY_TV }, month = { .tv = POLICY_TV };
	enum err e;

	if ((e = value_rho(&query.nrho, f, "query_rho", raw->query_rho)) !=
		E_OK ||
	    (e = value_rho(&month.nrho, f, "month_rho", raw->month_rho)) !=
		E_OK ||
	    (e = take_epsilon(&month.neps, f, "month_epsilon",
		 raw->month_epsilon, raw->query_epsilon)) != E_OK ||
	    (e = take_epsilon(&query.neps, f, "query_epsilon",
		 raw->query_epsilon, raw->month_epsilon)) != E_OK)
		return e;
	if (query.nrho > month.nrho)
		return value_bad(f, "query_rho",
		    "more than month_rho, so that it never fits; lower it");
	if (query.neps > month.neps)
		return value_bad(f, "query_epsilon",
		    "more than month_epsilon, so that it never fits; lower it");
	p->query_cap = query;
	p->month_cap = month;
	return E_OK;
}

static enum err
take_limits(
    struct policy *p, const struct value_file *f, const struct policy_raw *raw)
{
	uint64_t c, approvals, life;
	enum err e;

	if ((e = value_number(&c, f, "contribution", raw->contribution, 1,
		 QUERY_C_MAX)) != E_OK ||
	    (e = take_caps(p, f, raw)) != E_OK ||
	    (e = value_number(&approvals, f, "approvals", raw->approvals, 2,
		 APPROVALS_MOST)) != E_OK ||
	    (e = value_seconds(&life, f, "max_life", raw->max_life)) != E_OK)
		return e;
	if (life > QUERY_LIFE_S)
		return value_bad(f, "max_life",
		    "longer than any query may live; write at most %ud",
		    QUERY_LIFE_S / 86400);
	p->c_max = (uint16_t)c;
	p->approvals = (unsigned)approvals;
	p->max_life_s = (uint32_t)life;
	return E_OK;
}

static enum err
take(struct policy *p, struct value_file *f, const struct policy_raw *raw)
{
	enum err e;

	if ((e = value_party(&p->node, f, "node", raw->node)) != E_OK ||
	    (e = take_themes(p, f, raw)) != E_OK ||
	    (e = take_limits(p, f, raw)) != E_OK ||
	    (e = value_yes(&p->demo, f, "demo", raw->demo)) != E_OK ||
	    (e = value_yes(&p->synthetic, f, "synthetic", raw->synthetic)) !=
		E_OK)
		return e;
	for (unsigned i = 0; i < raw->n_sources; i++) {
		value_in(f, "sources[%u]", i);
		if ((e = take_source(p, f, &raw->sources[i])) != E_OK)
			return e;
	}
	hash_bytes32(p->hash, f->text, f->len);
	return E_OK;
}

enum err
policy_read(struct policy *out, const char *text, size_t len, const char *name,
    struct fault *fault)
{
	struct value_file f = {
		.text = text, .len = len, .name = name, .fault = fault
	};
	struct policy p;
	void *raw;
	enum err e;

	if ((e = yaml_load(&raw, &schema, text, len, name, fault)) != E_OK)
		return e;
	memset(&p, 0, sizeof(p));
	if ((e = take(&p, &f, raw)) == E_OK)
		*out = p;
	yaml_drop(&schema, raw);
	return e;
}

static void
put_source(FILE *f, const struct policy_source *s)
{
	(void)fprintf(f, "  - source: %s\n    unit: %s\n",
	    source_text(s->source), s->person ? "person" : "record");
	if (s->domain[0] != '\0')
		(void)fprintf(f, "    domain: \"%s\"\n", s->domain);
	(void)fputs("    months: ", f);
	value_put_months(f, s->first_month, s->n_months);
	(void)fprintf(f,
	    "\n    finest_area: %s\n    finest_cell_m: %" PRIu32 "\n",
	    geo_text(s->finest_geo), s->finest_cell_m);
}

static void
put_themes(FILE *f, const struct policy *p)
{
	const char *comma = "";

	(void)fputs("\n# Themes that may be asked about, of:\n#", f);
	for (unsigned i = 0; i < THEMES; i++)
		(void)fprintf(f, " %s", theme_text(i));
	(void)fputs("\nthemes: [", f);
	for (unsigned i = 0; i < THEMES; i++)
		if ((p->themes >> i & 1) != 0) {
			(void)fprintf(f, "%s%s", comma, theme_text(i));
			comma = ", ";
		}
	(void)fputs("]\n", f);
}

static void
put_limits(FILE *f, const struct policy *p)
{
	(void)fprintf(f,
	    "\n# Of the records of one person in one month, the most that a "
	    "query may\n# count: 1 to %d.  More need more noise.\n"
	    "contribution: %u\n"
	    "\n# What privacy may cost (docs/privacy.md): one query, in each "
	    "month that it\n# touches; and a month of records in all, for "
	    "ever.  rho is of Gaussian\n# noise, epsilon of Laplace noise; "
	    "they are spent side by side, and what a\n# month may lose is "
	    "both together.  epsilon \"0\": no Laplace noise.\nquery_rho: ",
	    QUERY_C_MAX, p->c_max);
	value_put_rho(f, p->query_cap.nrho);
	(void)fputs("\nmonth_rho: ", f);
	value_put_rho(f, p->month_cap.nrho);
	(void)fputs("\nquery_epsilon: ", f);
	value_put_rho(f, p->query_cap.neps);
	(void)fputs("\nmonth_epsilon: ", f);
	value_put_rho(f, p->month_cap.neps);
	(void)fprintf(f,
	    "\n\n# Approvals of different organisations, none of them the "
	    "researcher's own,\n# without which nothing is answered: at least "
	    "2.\napprovals: %u\n"
	    "\n# How long a query may be valid: at most %ud.\nmax_life: ",
	    p->approvals, QUERY_LIFE_S / 86400);
	value_put_seconds(f, p->max_life_s);
	(void)fprintf(f,
	    "\n\n# Accept the roster of a demonstration?  Never beside "
	    "records that\n# are not public.\ndemo: %s\n"
	    "\n# Are the records made up?\nsynthetic: %s\n",
	    p->demo ? "true" : "false", p->synthetic ? "true" : "false");
}

enum err
policy_text(char **out, const struct policy *p)
{
	char *text = NULL;
	size_t len;
	FILE *f = open_memstream(&text, &len);

	if (f == NULL)
		return E_NOMEM;
	(void)fprintf(f,
	    "# What this node allows.  Nothing that arrives can change it; the "
	    "node reads\n# it when it starts and on SIGHUP.\nnode: \"%s\"\n"
	    "\n# What may be asked about.\n"
	    "#   unit           whom privacy protects: person (all records of "
	    "one person in\n"
	    "#                  a month), or record where the source has no "
	    "key of persons\n"
	    "#   domain         whose keys: sources with the same domain know "
	    "a person by\n"
	    "#                  the same key; needed for unit person.  Usual: "
	    "police.person,\n"
	    "#                  nhs.patient, edu.pupil\n"
	    "#   months         that are held and complete, both included\n"
	    "#   finest_area    lsoa11, msoa11, lad or force; edu.exclusion "
	    "no finer than\n"
	    "#                  msoa11, platform.report no finer than lad\n"
	    "#   finest_cell_m  1000, 2000, 4000, 8000, 16000; 0: no squares, "
	    "of those two\n"
	    "sources:\n",
	    p->node.s);
	for (unsigned i = 0; i < p->n_sources; i++)
		put_source(f, &p->sources[i]);
	put_themes(f, p);
	put_limits(f, p);
	return yaml_done(out, f, &text);
}

void
policy_default(struct policy *out, const struct party_id *node,
    uint32_t sources, uint16_t first_month, uint16_t n_months)
{
	struct policy p;

	memset(&p, 0, sizeof(p));
	p.node = *node;
	for (uint32_t bit = 1; bit <= SOURCE_ALL; bit <<= 1) {
		struct policy_source *s = &p.sources[p.n_sources];
		const struct source_facts *facts = source_of(bit);

		if ((sources & bit) == 0)
			continue;
		s->source = bit;
		s->person = facts->keyed;
		if (s->person)
			memcpy(s->domain, facts->domain,
			    strlen(facts->domain) + 1);
		s->first_month = first_month;
		s->n_months = n_months;
		s->finest_geo = facts->finest_geo;
		s->finest_cell_m = facts->points ? CELL_LEAST : 0;
		p.n_sources++;
	}
	p.themes = (1U << THEMES) - 1;
	p.c_max = 1;
	p.query_cap = (struct cost){ USUAL_QUERY_NRHO, USUAL_NEPS, POLICY_TV };
	p.month_cap = (struct cost){ USUAL_MONTH_NRHO, USUAL_NEPS, POLICY_TV };
	p.approvals = 2;
	p.max_life_s = QUERY_LIFE_S;
	*out = p;
}

const struct policy_source *
policy_source(const struct policy *p, uint32_t source)
{
	for (unsigned i = 0; i < p->n_sources; i++)
		if (p->sources[i].source == source)
			return &p->sources[i];
	return NULL;
}

/* Has a source before i, asked and with persons, the domain of i? */
static bool
domain_seen(const struct policy *p, uint32_t sources, unsigned i)
{
	for (unsigned j = 0; j < i; j++)
		if (p->sources[j].person &&
		    (p->sources[j].source & sources) != 0 &&
		    strcmp(p->sources[j].domain, p->sources[i].domain) == 0)
			return true;
	return false;
}

unsigned
policy_domains(const struct policy *p, uint32_t sources)
{
	unsigned n = 0;

	for (unsigned i = 0; i < p->n_sources; i++)
		if (p->sources[i].person &&
		    (p->sources[i].source & sources) != 0 &&
		    !domain_seen(p, sources, i))
			n++;
	return n == 0 ? 1 : n;
}
