#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "model/area.h"
#include "model/theme.h"
#include "node/tally.h"

#define KINDS 9
#define AREAS 5

int LLVMFuzzerTestOneInput(const uint8_t *buf, size_t len);

static const char lookup[] =
    "code,name,lad,lad_name,force,force_name,population\n"
    "W01000001,Aber 001A,W06000001,Aber,W15000001,North,1000\n"
    "W01000002,Bryn 001A,W06000002,Bryn,W15000001,North,1000\n";
static const char rule_file[] =
    "rules,fuzz,1\ntheme,violence,v\ntheme,knife,k\nlist,any,any.csv\n"
    "rule,police.crime,any,a;b;c;d;e,,,,violence\n"
    "rule,police.crime,any,c;d;e;f,,,,knife\n";
static const char words[AREAS][INCIDENT_AREA] = { "W01000001", "W01000002", "",
	"Aber 001", "E01000001" };

static struct areas *areas;
static struct themes *rules;
static struct kind kinds[KINDS];
static struct row *rows;

/* The parts of a chunk, each in memory of its own: the first 64 bytes are what
 * is known of it, then two for the length of each part but the last. */
static void
cut(struct chunk_bytes parts[CHUNK_PARTS], const uint8_t *buf, size_t len)
{
	for (unsigned i = 0; i < CHUNK_PARTS; i++) {
		size_t n = len;

		if (i < CHUNK_PARTS - 1 && len >= 2) {
			n = (size_t)buf[0] << 8 | buf[1];
			buf += 2;
			len -= 2;
		}
		n = n < len ? n : len;
		parts[i].at = malloc(n == 0 ? 1 : n);
		if (parts[i].at == NULL)
			abort();
		memcpy(parts[i].at, buf, n);
		parts[i].n = n;
		buf += n;
		len -= n;
	}
}

static void
start(void)
{
	size_t line;

	if (areas != NULL)
		return;
	for (unsigned i = 0; i < KINDS; i++) {
		kinds[i] = (struct kind){ .source = SOURCE_POLICE_CRIME,
			.codelist = "any" };
		kinds[i].code[0] = (char)('a' + i);
	}
	if (areas_parse(&areas, lookup, sizeof(lookup) - 1, &line) != E_OK ||
	    themes_parse(&rules, rule_file, sizeof(rule_file) - 1, &line) !=
		E_OK ||
	    (rows = malloc(CHUNK_ROWS * sizeof(*rows))) == NULL)
		abort();
}

/* Counts it once, and once more as the chunk that follows: every count is at
 * most the rows there are. */
static void
tally(const struct question *q, const struct chunk_about *about,
    const struct chunk_bytes parts[CHUNK_PARTS])
{
	const struct tally_words all = { kinds, KINDS, words, AREAS };
	uint32_t n = question_cells(q);
	uint32_t *cells = malloc((size_t)n * sizeof(*cells));
	struct tally *t;

	if (cells == NULL ||
	    tally_new(&t, cells, q, 3, areas, rules, &all) != E_OK)
		abort();
	tally_month(t, 612);
	for (int i = 0; i < 2; i++) {
		const struct chunk_bytes *place = &parts[tally_part(t)];

		if (tally_passes(t, about) ||
		    tally_chunk(t, about, parts[CHUNK_HOT].at,
			parts[CHUNK_HOT].n, place->at, place->n) != E_OK)
			continue;
		for (uint32_t c = 0; c < n; c++)
			if (cells[c] > 2 * about->n)
				abort();
	}
	tally_free(t);
	free(cells);
}

/* Any bytes: what is known of a chunk, its rows and its counts are read without
 * harm, or refused; rows that were read have values in range. */
int
LLVMFuzzerTestOneInput(const uint8_t *buf, size_t len)
{
	struct question q = { .measure = MEASURE_COUNT,
		.sources = SOURCE_ALL,
		.n_themes = 2,
		.themes = { THEME_VIOLENCE, THEME_KNIFE },
		.first_month = 612,
		.n_months = 1,
		.slicing = SLICE_SUM,
		.geo = GEO_LSOA11,
		.n_areas = 1,
		.areas = { "W15000001" },
		.n_places = 2,
		.c = 2,
		.k = 2,
		.d = 1 };
	struct chunk_bytes parts[CHUNK_PARTS];
	struct chunk_about about;

	if (len < CHUNK_ABOUT || chunk_about_read(&about, buf) != E_OK)
		return 0;
	start();
	cut(parts, buf + CHUNK_ABOUT, len - CHUNK_ABOUT);
	if (chunk_rows(rows, &about, parts) == E_OK)
		for (uint32_t i = 0; i < about.n; i++)
			if (rows[i].kind > about.kind.most ||
			    rows[i].area > about.area.most ||
			    rows[i].born < 1 ||
			    rows[i].died > about.last_died ||
			    rows[i].east >= CHUNK_METRES_MAX ||
			    (!rows[i].point && rows[i].north != 0))
				abort();
	tally(&q, &about, parts);
	q.n_themes = q.k = 1;
	tally(&q, &about, parts);
	q.geo = GEO_GRID;
	q.n_areas = 0;
	memset(q.areas, 0, sizeof(q.areas));
	q.cell_m = 1000;
	q.west = q.south = 100000;
	q.cols = q.rows = 3;
	q.n_places = 9;
	tally(&q, &about, parts);
	for (unsigned i = 0; i < CHUNK_PARTS; i++)
		free(parts[i].at);
	return 0;
}
