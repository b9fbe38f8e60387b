#include "protocol/transport_events.h"

#include <assert.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <unistd.h>

struct transport_queued {
	struct transport_queued *next;
	struct transport_event e;
};

enum err
transport_events_init(struct transport_events *q)
{
	int fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);

	if (fd == -1)
		return E_SYSTEM;
	*q = (struct transport_events){ .fd = fd };
	q->last = &q->first;
	return E_OK;
}

void
transport_events_finish(struct transport_events *q)
{
	while (q->first != NULL) {
		struct transport_queued *ev = q->first;

		q->first = ev->next;
		free(ev->e.bytes);
		free(ev);
	}
	close(q->fd);
}

size_t
transport_events_cost(const struct transport_event *e)
{
	return sizeof(struct transport_queued) + e->len;
}

bool
transport_events_push(
    struct transport_events *q, const struct transport_event *e)
{
	struct transport_queued *ev = malloc(sizeof(*ev));
	const uint64_t one = 1;
	ssize_t n;

	if (ev == NULL) {
		free(e->bytes);
		return false;
	}
	*ev = (struct transport_queued){ NULL, *e };
	*q->last = ev;
	q->last = &ev->next;
	q->ups += e->kind == TRANSPORT_UP;
	if (q->waiting++ == 0) {
		n = write(q->fd, &one, sizeof(one));
		assert(n == sizeof(one));
	}
	return true;
}

/* Unlink the event at *at. */
static struct transport_queued *
event_unlink(struct transport_events *q, struct transport_queued **at)
{
	struct transport_queued *ev = *at;
	uint64_t any;
	ssize_t n;

	if ((*at = ev->next) == NULL)
		q->last = at;
	q->ups -= ev->e.kind == TRANSPORT_UP;
	if (--q->waiting == 0) {
		n = read(q->fd, &any, sizeof(any));
		assert(n == sizeof(any));
	}
	return ev;
}

void
transport_events_purge(struct transport_events *q, uint64_t conn)
{
	struct transport_queued **at = &q->first, *ev;

	while ((ev = *at) != NULL) {
		if (ev->e.conn != conn) {
			at = &ev->next;
			continue;
		}
		ev = event_unlink(q, at);
		free(ev->e.bytes);
		free(ev);
	}
}

bool
transport_events_take(struct transport_events *q, struct transport_event *out)
{
	struct transport_queued *ev;

	if (q->first == NULL)
		return false;
	ev = event_unlink(q, &q->first);
	*out = ev->e;
	free(ev);
	return true;
}
