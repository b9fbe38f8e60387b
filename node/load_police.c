#include "node/load_police.h"

#include <string.h>

#include "base/wr.h"
#include "model/month.h"
#include "model/query.h"
#include "node/field.h"
#include "node/memo.h"

#define ASB "Anti-social behaviour"
#define LIST "police.uk"
#define CODELIST "police.uk"
#define SNAP_M 50 /* what a published point stands for, metres */

enum {
	ID,
	MONTH,
	REPORTED,
	FALLS,
	LONGITUDE,
	LATITUDE,
	LOCATION,
	LSOA,
	LSOA_NAME,
	TYPE,
	OUTCOME,
	CONTEXT,
	COLUMNS
};

static const char *const names[COLUMNS] = { "Crime ID", "Month", "Reported by",
	"Falls within", "Longitude", "Latitude", "Location", "LSOA code",
	"LSOA name", "Crime type", "Last outcome category", "Context" };

/* The fields that tell a record without an id from others. */
static const uint8_t used[] = { MONTH, LONGITUDE, LATITUDE, LSOA, TYPE };

static enum err
read_header(const struct loader *l, struct loader_columns *out,
    const struct csv_row *row, struct report *r)
{
	bool good = row->n == COLUMNS && !row->broken;

	(void)l;
	for (size_t i = 0; good && i < COLUMNS; i++)
		good = strcmp(row->fields[i], names[i]) == 0;
	if (!good) {
		report_refuse(r, row->n == 0 ? 1 : row->line,
		    "this is not the header of a data.police.uk street file; "
		    "expected: Crime ID,Month,Reported by,Falls within,"
		    "Longitude,Latitude,Location,LSOA code,LSOA name,"
		    "Crime type,Last outcome category,Context");
		return E_FORMAT;
	}
	*out = (struct loader_columns){ .n = COLUMNS };
	return E_OK;
}

/* Is a field that is used too long to be what it should be? */
static bool
too_long(const struct csv_row *row)
{
	if (row->lens[ID] >= LOAD_POLICE_FIELD ||
	    row->lens[REPORTED] >= INCIDENT_FEED)
		return true;
	for (size_t i = 0; i < sizeof(used); i++)
		if (row->lens[used[i]] >= LOAD_POLICE_FIELD)
			return true;
	return false;
}

static enum report_reason
map_time(struct incident *i, const char *month, size_t len)
{
	if (month_parse(&i->month, month, len) != E_OK || i->month == MONTH_MAX)
		return REPORT_TIME;
	i->occurred_from = month_start(i->month);
	i->occurred_to = month_start((uint16_t)(i->month + 1));
	i->time_precision = PRECISION_MONTH;
	return REPORT_KEPT;
}

static enum report_reason
map_code(struct incident *i, const char *type, size_t len,
    const struct loader_world *world)
{
	if (len >= sizeof(i->kind.code))
		return REPORT_CODE;
	i->kind.source =
	    strcmp(type, ASB) == 0 ? SOURCE_POLICE_ASB : SOURCE_POLICE_CRIME;
	memcpy(i->kind.codelist, LIST, sizeof(LIST));
	memcpy(i->kind.code, type, len);
	return memo_knows(world->memo, world->themes, &i->kind) ? REPORT_KEPT
								: REPORT_CODE;
}

/* Coordinates that are both empty are none. */
static enum report_reason
map_place(struct incident *i, const struct csv_row *row,
    const struct loader_world *world, struct report *r)
{
	struct place_said said = { .lsoa = row->fields[LSOA],
		.area = "",
		.text = "",
		.method = GEO_SNAP,
		.precision_m = SNAP_M };
	struct memo_key key = { 0 };

	memo_text(&key, row->fields[LSOA], row->lens[LSOA]);
	memo_text(&key, row->fields[LONGITUDE], row->lens[LONGITUDE]);
	memo_text(&key, row->fields[LATITUDE], row->lens[LATITUDE]);
	if (memo_recall(world->memo, i, &key, r, row->line))
		return REPORT_KEPT;
	said.has_degrees = row->lens[LONGITUDE] + row->lens[LATITUDE] > 0;
	if (said.has_degrees &&
	    (!field_degrees(&said.lat, row->fields[LATITUDE]) ||
		!field_degrees(&said.lon, row->fields[LONGITUDE])))
		return REPORT_NUMBER;
	memo_place(world->memo, i, &key, &said, world, r, row->line);
	return REPORT_KEPT;
}

/* Appends a field with its length. */
static void
add(struct wr *w, const struct csv_row *row, size_t i)
{
	wr_be16(w, (uint16_t)row->lens[i]);
	wr_bytes(w, row->fields[i], row->lens[i]);
}

/* An id names a record within what one force reports of one month: those of
 * Northern Ireland come again in others. */
static void
identify(struct loader_record *out, const struct csv_row *row,
    const struct keys *keys)
{
	uint8_t buf[16 + (sizeof(used) + 2) * (LOAD_POLICE_FIELD + 2)];
	struct wr w = wr_over(buf, sizeof(buf));

	out->named = row->lens[ID] > 0;
	wr_be32(&w, out->incident.kind.source);
	wr_be16(&w, out->incident.month);
	add(&w, row, REPORTED);
	add(&w, row, ID);
	for (size_t i = 0; i < sizeof(used) && !out->named; i++)
		add(&w, row, used[i]);
	keys_base(out->base, keys, buf, w.len);
}

static enum report_reason
map(const struct loader *l, struct loader_record *out,
    const struct loader_columns *columns, const struct csv_row *row,
    const struct loader_world *world, struct report *r)
{
	struct incident *i = &out->incident;
	const char *feed =
	    world->feed != NULL ? world->feed : row->fields[REPORTED];
	enum report_reason why;

	(void)l;
	(void)columns;
	if (too_long(row))
		return REPORT_LONG;
	memset(out, 0, sizeof(*out));
	if ((why = map_time(i, row->fields[MONTH], row->lens[MONTH])) !=
		REPORT_KEPT ||
	    (why = map_code(i, row->fields[TYPE], row->lens[TYPE], world)) !=
		REPORT_KEPT ||
	    (why = map_place(i, row, world, r)) != REPORT_KEPT)
		return why;
	memcpy(i->feed, feed, strlen(feed));
	identify(out, row, world->keys);
	return REPORT_KEPT;
}

const struct loader load_police = {
	.name = "police",
	.one_line = true,
	.header = read_header,
	.map = map,
};
