#include "protocol/transport_outbox.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

/* Where a parcel goes. */
static struct transport_parcel **
place_of(struct transport_outbox *o, bool pong)
{
	struct transport_parcel **at = &o->first;

	if (o->first == NULL)
		return at;
	if (!pong)
		return &o->last->next;
	if (o->busy || o->first->off > 0)
		at = &o->first->next;
	while (*at != NULL && (*at)->pong)
		at = &(*at)->next;
	return at;
}

enum err
transport_outbox_put(
    struct transport_outbox *o, const void *bytes, size_t len, bool pong)
{
	struct transport_parcel *p = malloc(sizeof(*p) + len);
	struct transport_parcel **at = place_of(o, pong);

	if (p == NULL)
		return E_NOMEM;
	*p = (struct transport_parcel){ .next = *at, .pong = pong, .len = len };
	memcpy(p->bytes, bytes, len);
	*at = p;
	if (p->next == NULL)
		o->last = p;
	o->bytes += len;
	o->pongs += pong;
	return E_OK;
}

/* Unlink and free the first parcel. */
static void
drop_first(struct transport_outbox *o)
{
	struct transport_parcel *p = o->first;

	o->first = p->next;
	o->bytes -= p->len;
	o->pongs -= p->pong;
	free(p);
}

void
transport_outbox_wrote(struct transport_outbox *o, size_t n)
{
	assert(n <= o->first->len - o->first->off);
	o->first->off += n;
	if (o->first->off == o->first->len)
		drop_first(o);
}

void
transport_outbox_finish(struct transport_outbox *o)
{
	while (o->first != NULL)
		drop_first(o);
}
