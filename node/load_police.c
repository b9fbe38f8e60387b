#include "node/load_police.h"

#include <string.h>

#include "base/wr.h"
#include "model/month.h"
#include "model/query.h"
#include "node/field.h"

#define ASB "Anti-social behaviour"
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

/* The fields that a record is made from. */
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
	if (strlen(row->fields[ID]) >= LOAD_POLICE_FIELD)
		return true;
	for (size_t i = 0; i < sizeof(used); i++)
		if (strlen(row->fields[used[i]]) >= LOAD_POLICE_FIELD)
			return true;
	return false;
}

static enum report_reason
map_time(struct incident *i, const char *month)
{
	if (month_parse(&i->month, month, strlen(month)) != E_OK ||
	    i->month == MONTH_MAX)
		return REPORT_TIME;
	i->occurred_from = month_start(i->month);
	i->occurred_to = month_start((uint16_t)(i->month + 1));
	i->time_precision = PRECISION_MONTH;
	return REPORT_KEPT;
}

static enum report_reason
map_point(struct incident *i, const struct csv_row *row,
    const struct loader_world *world, struct report *r)
{
	const char *lat_text = row->fields[LATITUDE];
	const char *lon_text = row->fields[LONGITUDE];
	double lat, lon, east, north;

	if (*lat_text == '\0' && *lon_text == '\0') {
		report_count(r, REPORT_NO_POINT, row->line);
		return REPORT_KEPT;
	}
	if (!field_degrees(&lat, lat_text) || !field_degrees(&lon, lon_text))
		return REPORT_NUMBER;
	if (osgb_to_grid(world->osgb, lat, lon, &east, &north) != E_OK) {
		report_count(r, REPORT_OUTSIDE, row->line);
		return REPORT_KEPT;
	}
	i->has_point = true;
	i->east = (uint32_t)east;
	i->north = (uint32_t)north;
	i->geo_precision_m = SNAP_M;
	i->geo_method = GEO_SNAP;
	return REPORT_KEPT;
}

static void
map_area(struct incident *i, const struct csv_row *row,
    const struct loader_world *world, struct report *r)
{
	struct place place;

	if (!field_lsoa(i->area, row->fields[LSOA]) ||
	    !areas_lsoa(world->areas, i->area, &place))
		report_count(r, REPORT_NO_AREA, row->line);
	else if (!i->has_point)
		i->geo_method = GEO_AREA;
}

static enum report_reason
map_code(struct incident *i, const char *type, const struct loader_world *world)
{
	i->kind.source =
	    strcmp(type, ASB) == 0 ? SOURCE_POLICE_ASB : SOURCE_POLICE_CRIME;
	if (strlen(type) >= sizeof(i->kind.code))
		return REPORT_CODE;
	memcpy(i->kind.codelist, CODELIST, sizeof(CODELIST));
	memcpy(i->kind.code, type, strlen(type) + 1);
	if (!themes_know(world->themes, &i->kind))
		return REPORT_CODE;
	i->themes = themes_of(world->themes, &i->kind);
	return REPORT_KEPT;
}

/* Appends a text with its length. */
static void
add(struct wr *w, const char *s)
{
	wr_be16(w, (uint16_t)strlen(s));
	wr_bytes(w, s, strlen(s));
}

static void
identify(struct loader_record *out, const struct csv_row *row,
    const struct keys *keys)
{
	uint8_t buf[16 + (sizeof(used) + 1) * (LOAD_POLICE_FIELD + 2)];
	struct wr w = wr_over(buf, sizeof(buf));

	out->named = *row->fields[ID] != '\0';
	wr_be32(&w, out->incident.kind.source);
	wr_be16(&w, out->incident.month);
	add(&w, row->fields[ID]);
	for (size_t i = 0; i < sizeof(used) && !out->named; i++)
		add(&w, row->fields[used[i]]);
	keys_base(out->base, keys, buf, w.len);
}

static enum report_reason
map(const struct loader *l, struct loader_record *out,
    const struct loader_columns *columns, const struct csv_row *row,
    const struct loader_world *world, struct report *r)
{
	struct loader_record rec = { 0 };
	struct incident *i = &rec.incident;
	enum report_reason why;

	(void)l;
	(void)columns;
	if (too_long(row))
		return REPORT_LONG;
	if ((why = map_time(i, row->fields[MONTH])) != REPORT_KEPT ||
	    (why = map_code(i, row->fields[TYPE], world)) != REPORT_KEPT ||
	    (why = map_point(i, row, world, r)) != REPORT_KEPT)
		return why;
	map_area(i, row, world, r);
	identify(&rec, row, world->keys);
	*out = rec;
	return REPORT_KEPT;
}

const struct loader load_police = {
	.name = "police",
	.one_line = true,
	.header = read_header,
	.map = map,
};
