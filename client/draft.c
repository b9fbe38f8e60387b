#include "client/draft.h"

#include <stdlib.h>
#include <string.h>

#include "cli/file.h"

enum err
draft_ground(struct ground **out, const struct call *call)
{
	const char *dir = call_value(call, "data");
	char fault[GROUND_FAULT];
	enum err e = ground_load(out, dir == NULL ? WARD_DATA : dir, fault);

	if (e != E_OK)
		call_refuse(call, "%s", fault);
	return e;
}

enum err
draft_read(struct draft *out, const struct call *call, const char *path)
{
	char why[FILE_WHY];
	size_t len;
	enum err e;

	memset(out, 0, sizeof(*out));
	/* one byte more, so that doc_parse can say that it is too long */
	e = file_read(&out->text, &len, path, (size_t)DOC_MAX + 1);
	if (e == E_NOTFOUND)
		call_refuse(call,
		    "%s: no such file; `ward query new` writes one", path);
	else if (e != E_OK)
		call_refuse(call, "%s", file_read_why(why, path, DOC_MAX, e));
	else if ((e = doc_parse(&out->doc, out->text, len, path)) != E_OK)
		call_refuse(call, "%s", file_read_why(why, path, DOC_MAX, e));
	if (e != E_OK) {
		free(out->text);
		out->text = NULL;
		return e;
	}
	/* a wish with faults is told by those */
	if (!wish_read(&out->wish, out->doc))
		memset(&out->wish, 0, sizeof(out->wish));
	return E_OK;
}

void
draft_free(struct draft *d)
{
	if (d->homed)
		home_free(&d->home);
	ground_free(d->ground);
	doc_free(d->doc);
	free(d->text);
	memset(d, 0, sizeof(*d));
}

enum err
draft_compile(struct draft *d, const struct call *call)
{
	const struct clock *clock = call->world->clock;
	struct compile_world world = { .now_s = clock->utc_s(clock->ctx) };
	enum err e;

	if (doc_faults(d->doc) > 0)
		return E_CONFIG;
	if ((e = home_as(&d->home, call, ROLE_RESEARCHER)) != E_OK)
		return e;
	d->homed = true;
	if ((e = draft_ground(&d->ground, call)) != E_OK)
		return e;
	world.ground = d->ground;
	world.roster = d->home.id.roster;
	world.researcher = &d->home.file.party;
	e = compile_wish(&d->query, d->doc, &d->wish, &world);
	if (e == E_CONFIG)
		return e;
	if (e == E_OK)
		e = explain_make(
		    &d->explain, &d->query, world.roster, world.ground);
	if (e != E_OK)
		call_refuse(call, "%s", err_text(e));
	d->compiled = e == E_OK;
	return e;
}
