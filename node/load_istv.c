#include "node/load_istv.h"

#include <string.h>

#include "base/wr.h"
#include "model/query.h"
#include "node/field.h"

#define PERSON_DOMAIN "nhs.patient"
#define CODELIST "istv"
#define PLACE_M 50 /* what a name in a gazetteer stands for, metres */

enum {
	TIME,
	METHOD,
	TYPE,
	DESCRIPTION,
	PATIENT,
	MUST, /* columns that must be there stand before this */
	ATTENDANCE = MUST,
	SITE,
	ARRIVAL,
	OTHER,
	START,
	END,
	COLUMNS
};

static const char *const names[COLUMNS] = {
	[TIME] = "assault_date_and_time",
	[METHOD] = "assault_method",
	[TYPE] = "assault_location_type",
	[DESCRIPTION] = "assault_location_description",
	[PATIENT] = "patient_pseudonym",
	[ATTENDANCE] = "attendance_identifier",
	[SITE] = "site_code_of_treatment",
	[ARRIVAL] =
	    "arrival_date_and_time_at_accident_and_emergency_department",
	[OTHER] = "assault_method_other_description",
	[START] = "reporting_period_start_date",
	[END] = "reporting_period_end_date",
};

/* Location types that anybody may enter. */
static const char *const open_types[] = { "street", "road", "open space",
	"park", "car park", "public transport", "bus", "train", "station",
	"pub", "bar", "pub or bar", "club", "nightclub", "licensed premises",
	"restaurant", "takeaway", "restaurant or takeaway", "shop",
	"sports ground", "hospital", "other public place" };

/* Texts, in lower case, that stand for no patient. */
static const char *const nobody[] = { "null", "none", "unknown", "not known",
	"not-known", "notknown", "nk", "n/k", "na", "n/a", "0000000000",
	"9999999999" };

static bool
letter_or_digit(char b)
{
	return (b >= 'a' && b <= 'z') || (b >= '0' && b <= '9');
}

/* A header's name in the form of the table; too long: "". */
static void
column_name(char out[LOAD_ISTV_FIELD], const char *s)
{
	char plain[LOAD_ISTV_FIELD];
	size_t n = 0;

	out[0] = '\0';
	if (!field_plain(plain, sizeof(plain), s))
		return;
	for (const char *p = plain; *p != '\0'; p++) {
		if (letter_or_digit(*p))
			out[n++] = *p;
		else if (n > 0 && out[n - 1] != '_')
			out[n++] = '_';
	}
	while (n > 0 && out[n - 1] == '_')
		n--;
	out[n] = '\0';
}

/* Notes that field i of the header is a column of ours; false: a second of
 * that name. */
static bool
take_column(struct loader_columns *columns, const char *field, int i)
{
	char name[LOAD_ISTV_FIELD];

	column_name(name, field);
	for (size_t k = 0; k < COLUMNS; k++) {
		if (strcmp(name, names[k]) != 0)
			continue;
		if (columns->at[k] != -1)
			return false;
		columns->at[k] = i;
	}
	return true;
}

static enum err
read_header(const struct loader *l, struct loader_columns *out,
    const struct csv_row *row, struct report *r)
{
	struct loader_columns columns = { .n = row->n };

	(void)l;
	if (row->n == 0 || row->n > CSV_FIELDS || row->broken) {
		report_refuse(r, 1, "there is no header row of 1 to %d columns",
		    CSV_FIELDS);
		return E_FORMAT;
	}
	memset(columns.at, 0xff, sizeof(columns.at));
	for (size_t i = 0; i < row->n; i++)
		if (!take_column(&columns, row->fields[i], (int)i)) {
			report_refuse(r, row->line,
			    "column %zu of the header "
			    "has the name of an earlier one",
			    i + 1);
			return E_FORMAT;
		}
	for (size_t k = 0; k < MUST; k++)
		if (columns.at[k] == -1) {
			report_refuse(r, row->line,
			    "the header has no column %s; needed are %s, %s, "
			    "%s, %s and %s",
			    names[k], names[TIME], names[METHOD], names[TYPE],
			    names[DESCRIPTION], names[PATIENT]);
			return E_FORMAT;
		}
	*out = columns;
	return E_OK;
}

/* The field of a row in our column k, "" when the file has none. */
static const char *
field(const struct loader_columns *columns, const struct csv_row *row, int k)
{
	return columns->at[k] == -1 ? "" : row->fields[columns->at[k]];
}

static bool
too_long(const struct loader_columns *columns, const struct csv_row *row)
{
	for (int k = 0; k <= ARRIVAL; k++) {
		size_t max =
		    k == DESCRIPTION ? LOAD_ISTV_TEXT : LOAD_ISTV_FIELD;

		if (strlen(field(columns, row, k)) >= max)
			return true;
	}
	return false;
}

static enum report_reason
map_time(struct incident *i, const char *text)
{
	struct field_time t;

	if (!field_time(&t, text))
		return REPORT_TIME;
	i->occurred_from = t.from;
	i->occurred_to = t.to;
	i->time_precision = t.precision;
	i->month = t.month;
	return REPORT_KEPT;
}

static enum report_reason
map_code(
    struct incident *i, const char *method, const struct loader_world *world)
{
	i->kind.source = SOURCE_NHS_ED;
	if (!field_plain(i->kind.code, sizeof(i->kind.code), method))
		return REPORT_CODE;
	memcpy(i->kind.codelist, CODELIST, sizeof(CODELIST));
	if (!themes_know(world->themes, &i->kind))
		return REPORT_CODE;
	i->themes = themes_of(world->themes, &i->kind);
	return REPORT_KEPT;
}

/* May the point of a place of that type be kept? */
static bool
is_open(const char *type)
{
	char plain[LOAD_ISTV_FIELD];

	if (!field_plain(plain, sizeof(plain), type))
		return false;
	for (size_t k = 0; k < sizeof(open_types) / sizeof(*open_types); k++)
		if (strcmp(plain, open_types[k]) == 0)
			return true;
	return false;
}

static void
map_place(struct incident *i, const char *description, const char *type,
    const struct csv_row *row, const struct loader_world *world,
    struct report *r)
{
	struct gazetteer_place place;
	struct place known;

	if (world->gazetteer == NULL ||
	    !gazetteer_find(world->gazetteer, &place, description)) {
		report_count(r, REPORT_NO_PLACE, row->line);
		return;
	}
	memcpy(i->area, place.area, sizeof(place.area));
	if (!areas_lsoa(world->areas, i->area, &known))
		report_count(r, REPORT_NO_AREA, row->line);
	i->geo_method = i->area[0] == '\0' ? GEO_NONE : GEO_AREA;
	if (!is_open(type)) {
		report_count(r, REPORT_HOME, row->line);
		return;
	}
	if (place.has_point) {
		i->has_point = true;
		i->east = place.east;
		i->north = place.north;
		i->geo_precision_m = PLACE_M;
	}
	i->geo_method = GEO_GAZETTEER;
}

/* Is there anything but signs? */
static bool
says_something(const char *plain)
{
	for (; *plain != '\0'; plain++)
		if (letter_or_digit(*plain) || (unsigned char)*plain >= 0x80)
			return true;
	return false;
}

/* Does the pseudonym stand for a patient? */
static bool
is_somebody(const char *s)
{
	char text[LOAD_ISTV_FIELD], plain[LOAD_ISTV_FIELD];

	text[keys_plain(text, s, strlen(s))] = '\0';
	if (!field_plain(plain, sizeof(plain), text))
		return true;
	if (!says_something(plain))
		return false;
	for (size_t k = 0; k < sizeof(nobody) / sizeof(*nobody); k++)
		if (strcmp(plain, nobody[k]) == 0)
			return false;
	return true;
}

static void
map_person(struct incident *i, const char *patient, const struct csv_row *row,
    const struct loader_world *world, struct report *r)
{
	i->has_person = is_somebody(patient);
	if (i->has_person)
		keys_person(i->person_key, world->keys, PERSON_DOMAIN, patient,
		    strlen(patient));
	else
		report_count(r, REPORT_NO_PERSON, row->line);
}

static void
add(struct wr *w, const char *s)
{
	wr_be16(w, (uint16_t)strlen(s));
	wr_bytes(w, s, strlen(s));
}

/* The person stands beside the identifier of an attendance: where two people
 * share one, what is kept of each must not depend on the other. */
static void
identify(struct loader_record *out, const struct loader_columns *columns,
    const struct csv_row *row, const struct keys *keys)
{
	static const uint8_t all[] = { TIME, METHOD, TYPE, DESCRIPTION, PATIENT,
		ARRIVAL };
	uint8_t
	    buf[16 + INCIDENT_KEY + COLUMNS * LOAD_ISTV_FIELD + LOAD_ISTV_TEXT];
	struct wr w = wr_over(buf, sizeof(buf));
	const char *attendance = field(columns, row, ATTENDANCE);

	out->named = *attendance != '\0';
	wr_be32(&w, out->incident.kind.source);
	wr_be16(&w, out->incident.month);
	add(&w, field(columns, row, SITE));
	add(&w, attendance);
	if (out->named && out->incident.has_person)
		wr_bytes(&w, out->incident.person_key, INCIDENT_KEY);
	for (size_t k = 0; k < sizeof(all) && !out->named; k++)
		add(&w, field(columns, row, all[k]));
	keys_base(out->base, keys, buf, w.len);
	explicit_bzero(buf, sizeof(buf));
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
	if (too_long(columns, row))
		return REPORT_LONG;
	if ((why = map_time(i, field(columns, row, TIME))) != REPORT_KEPT ||
	    (why = map_code(i, field(columns, row, METHOD), world)) !=
		REPORT_KEPT)
		return why;
	map_place(i, field(columns, row, DESCRIPTION),
	    field(columns, row, TYPE), row, world, r);
	map_person(i, field(columns, row, PATIENT), row, world, r);
	identify(&rec, columns, row, world->keys);
	*out = rec;
	return REPORT_KEPT;
}

const struct loader load_istv = {
	.name = "istv",
	.needs_end = true,
	.header = read_header,
	.map = map,
};
