#include "coordinator/http.h"

#include <arpa/inet.h>
#include <errno.h>
#include <microhttpd.h>
#include <netinet/in.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/hex.h"
#include "crypto/hash.h"

#define THREADS 2
#define MEMORY ((size_t)16 * 1024) /* a request with its headers */
#define KEPT 32                    /* answers that never change */
#define ETAG_BYTES 16
#define ETAG_TEXT (HEX_LEN(ETAG_BYTES) + 2) /* in quotes */

struct kept {
	char *uri; /* NULL: free */
	char etag[ETAG_TEXT];
	struct MHD_Response *response;
	uint64_t used; /* when last asked for, in answers */
};

struct http {
	struct MHD_Daemon *daemon;
	struct pages *pages;
	atomic_size_t bodies; /* bytes that are kept or being sent */
	pthread_mutex_t lock; /* over kept and answers */
	struct kept kept[KEPT];
	uint64_t answers;
};

struct body { /* what libmicrohttpd gives back when a body was sent */
	struct http *http;
	char *p;
	size_t len;
};

static const struct {
	const char *name, *value;
} headers[] = {
	{ "Content-Security-Policy",
	    "default-src 'self'; script-src 'self'; style-src 'self'; "
	    "img-src 'self'; worker-src 'self'; connect-src 'self'; "
	    "object-src 'none'; base-uri 'none'; form-action 'none'; "
	    "frame-ancestors 'none'" },
	{ "X-Content-Type-Options", "nosniff" },
	{ "X-Frame-Options", "DENY" },
	{ "Referrer-Policy", "no-referrer" },
	{ "Cross-Origin-Opener-Policy", "same-origin" },
	{ "Cross-Origin-Resource-Policy", "same-origin" },
	{ "Permissions-Policy", "geolocation=(), camera=(), microphone=()" },
};

static void
body_free(void *ctx)
{
	struct body *b = ctx;

	atomic_fetch_sub(&b->http->bodies, b->len);
	free(b->p);
	free(b);
}

static bool
add_header(struct MHD_Response *r, const char *name, const char *value)
{
	return MHD_add_response_header(r, name, value) == MHD_YES;
}

/* The headers that every answer has; false when memory ran out. */
static bool
add_headers(struct MHD_Response *r, const struct page *page, const char *etag)
{
	for (size_t i = 0; i < sizeof(headers) / sizeof(headers[0]); i++)
		if (!add_header(r, headers[i].name, headers[i].value))
			return false;
	if (page->status == 405 && !add_header(r, "Allow", "GET, HEAD"))
		return false;
	if (page->status == 503 && !add_header(r, "Retry-After", "5"))
		return false;
	return add_header(r, "Content-Type", page->type) &&
	       add_header(r, "Cache-Control", page->cache) &&
	       (page->status != 200 || add_header(r, "ETag", etag));
}

/* A response that takes the page's body over; NULL when memory ran out. */
static struct MHD_Response *
response_of(struct http *h, struct page *page, const char *etag)
{
	struct body *b = malloc(sizeof(*b));
	struct MHD_Response *r;

	if (b == NULL) {
		text_free(&page->body);
		return NULL;
	}
	*b = (struct body){ h, page->body.p, page->body.len };
	page->body = text_new(0);
	atomic_fetch_add(&h->bodies, b->len);
	r = MHD_create_response_from_buffer_with_free_callback_cls(
	    b->len, b->p, body_free, b);
	if (r == NULL) {
		body_free(b);
		return NULL;
	}
	if (!add_headers(r, page, etag)) {
		MHD_destroy_response(r);
		return NULL;
	}
	return r;
}

static void
make_etag(char etag[ETAG_TEXT], const struct text *body)
{
	uint8_t hash[HASH_BYTES];
	char hex[HEX_LEN(ETAG_BYTES)];

	hash_label(hash, "ward/http-etag/1", body->p, body->len);
	hex_text(hex, hash, ETAG_BYTES);
	etag[0] = '"';
	memcpy(etag + 1, hex, sizeof(hex) - 1);
	memcpy(etag + sizeof(hex), "\"", 2);
}

static void
kept_drop(struct kept *k)
{
	if (k->uri == NULL)
		return;
	free(k->uri);
	MHD_destroy_response(k->response);
	*k = (struct kept){ .uri = NULL };
}

/* The one that was not asked for longest; NULL when none is kept. */
static struct kept *
kept_oldest(struct http *h)
{
	struct kept *oldest = NULL;

	for (size_t i = 0; i < KEPT; i++)
		if (h->kept[i].uri != NULL &&
		    (oldest == NULL || h->kept[i].used < oldest->used))
			oldest = &h->kept[i];
	return oldest;
}

/* Is there room for a body of len bytes?  What is kept only to be quick makes
 * way: else a few large views would shut out all others for good. */
static bool
make_room(struct http *h, size_t len)
{
	struct kept *k;
	bool fits;

	(void)pthread_mutex_lock(&h->lock);
	while (!(fits = atomic_load(&h->bodies) + len <= HTTP_BODIES) &&
	       (k = kept_oldest(h)) != NULL)
		kept_drop(k);
	(void)pthread_mutex_unlock(&h->lock);
	return fits;
}

/* Keep a response under its address: true, and it is not the caller's any
 * more. */
static bool
kept_put(
    struct http *h, const char *uri, const char *etag, struct MHD_Response *r)
{
	struct kept *slot = &h->kept[0];
	char *copy = strdup(uri);

	if (copy == NULL)
		return false;
	(void)pthread_mutex_lock(&h->lock);
	for (size_t i = 1; i < KEPT; i++)
		if (slot->uri != NULL &&
		    (h->kept[i].uri == NULL || h->kept[i].used < slot->used))
			slot = &h->kept[i];
	kept_drop(slot);
	*slot = (struct kept){ .uri = copy, .response = r };
	memcpy(slot->etag, etag, ETAG_TEXT);
	slot->used = ++h->answers;
	(void)pthread_mutex_unlock(&h->lock);
	return true;
}

static struct kept *
kept_find(struct http *h, const char *uri)
{
	for (size_t i = 0; i < KEPT; i++)
		if (h->kept[i].uri != NULL &&
		    strcmp(h->kept[i].uri, uri) == 0) {
			h->kept[i].used = ++h->answers;
			return &h->kept[i];
		}
	return NULL;
}

/* Has the client this already? */
static bool
client_has(struct MHD_Connection *c, const char *etag)
{
	const char *v =
	    MHD_lookup_connection_value(c, MHD_HEADER_KIND, "If-None-Match");

	return v != NULL && (strcmp(v, "*") == 0 || strstr(v, etag) != NULL);
}

/* Queue r, or "304 Not Modified" when the client has it. */
static enum MHD_Result
queue(struct MHD_Connection *c, unsigned status, struct MHD_Response *r,
    const char *etag)
{
	if (status == 200 && client_has(c, etag))
		status = MHD_HTTP_NOT_MODIFIED;
	return MHD_queue_response(c, status, r);
}

/* Send a page, keeping it if it is final. */
static enum MHD_Result
send_page(struct http *h, struct MHD_Connection *c, const char *uri,
    struct page *page)
{
	char etag[ETAG_TEXT];
	struct MHD_Response *r;
	enum MHD_Result done;

	if (page->body.err != E_OK || !make_room(h, page->body.len)) {
		text_free(&page->body);
		pages_problem(page, 503, "Too much is being sent already.");
	}
	make_etag(etag, &page->body);
	if ((r = response_of(h, page, etag)) == NULL)
		return MHD_NO;
	done = queue(c, page->status, r, etag);
	if (!page->final || page->status != 200 || !kept_put(h, uri, etag, r))
		MHD_destroy_response(r);
	return done;
}

/* Send the answer from those that are kept; false when it is not there. */
static bool
send_kept(struct http *h, struct MHD_Connection *c, const char *uri,
    enum MHD_Result *done)
{
	struct kept *k;

	(void)pthread_mutex_lock(&h->lock);
	if ((k = kept_find(h, uri)) != NULL)
		*done = queue(c, 200, k->response, k->etag);
	(void)pthread_mutex_unlock(&h->lock);
	return k != NULL;
}

/* The answer to one GET. */
static enum MHD_Result
answer(struct http *h, struct MHD_Connection *c, const char *uri)
{
	enum MHD_Result done;
	struct page page;

	if (send_kept(h, c, uri, &done))
		return done;
	pages_get(h->pages, &page, uri, strlen(uri));
	return send_page(h, c, uri, &page);
}

struct asked {      /* a request under way */
	bool seen;  /* its headers were handed over once */
	char uri[]; /* the address as it came */
};

/* libmicrohttpd asks for the answer: once when the headers are here, and again
 * when the request is whole.  Only an answer given then lets the connection
 * live on; another method is refused before its body is read. */
static enum MHD_Result
on_request(void *ctx, struct MHD_Connection *c, const char *url,
    const char *method, const char *version, const char *upload,
    size_t *upload_len, void **req)
{
	struct http *h = ctx;
	struct asked *asked = *req;
	struct page page;

	(void)url;
	(void)version;
	(void)upload;
	if (asked == NULL || *upload_len > 0)
		return MHD_NO;
	if (strcmp(method, "GET") != 0 && strcmp(method, "HEAD") != 0) {
		pages_problem(&page, 405, "Only GET and HEAD are answered.");
		return send_page(h, c, "", &page);
	}
	if (asked->seen)
		return answer(h, c, asked->uri);
	asked->seen = true;
	return MHD_YES;
}

/* The address as it came, before anything is decoded. */
static void *
on_address(void *ctx, const char *uri, struct MHD_Connection *c)
{
	size_t len = strlen(uri) + 1;
	struct asked *asked = malloc(sizeof(*asked) + len);

	(void)ctx;
	(void)c;
	if (asked == NULL)
		return NULL;
	asked->seen = false;
	memcpy(asked->uri, uri, len);
	return asked;
}

static void
on_completed(void *ctx, struct MHD_Connection *c, void **req,
    enum MHD_RequestTerminationCode why)
{
	(void)ctx;
	(void)c;
	(void)why;
	free(*req);
	*req = NULL;
}

/* Nothing is decoded: no address of ours holds a percent sign. */
static size_t
on_unescape(void *ctx, struct MHD_Connection *c, char *s)
{
	(void)ctx;
	(void)c;
	return strlen(s);
}

/* A loopback address as a socket address. */
static bool
loopback_parse(struct sockaddr_storage *out, const char *address, uint16_t port)
{
	struct sockaddr_in *v4 = (struct sockaddr_in *)out;
	struct sockaddr_in6 *v6 = (struct sockaddr_in6 *)out;

	memset(out, 0, sizeof(*out));
	if (inet_pton(AF_INET, address, &v4->sin_addr) == 1) {
		v4->sin_family = AF_INET;
		v4->sin_port = htons(port);
		return ntohl(v4->sin_addr.s_addr) >> 24 == IN_LOOPBACKNET;
	}
	if (inet_pton(AF_INET6, address, &v6->sin6_addr) == 1) {
		v6->sin6_family = AF_INET6;
		v6->sin6_port = htons(port);
		return IN6_IS_ADDR_LOOPBACK(&v6->sin6_addr);
	}
	return false;
}

/* A path as a socket address. */
static bool
path_parse(struct sockaddr_storage *out, const char *path)
{
	struct sockaddr_un *un = (struct sockaddr_un *)out;

	memset(out, 0, sizeof(*out));
	if (path[0] != '/' || strlen(path) >= sizeof(un->sun_path))
		return false;
	un->sun_family = AF_UNIX;
	memcpy(un->sun_path, path, strlen(path) + 1);
	return true;
}

bool
http_address_good(const char *address)
{
	struct sockaddr_storage at;

	return loopback_parse(&at, address, 0) || path_parse(&at, address);
}

/* Take the name of a socket that somebody left behind; of nothing else. */
static void
clear_path(const char *path)
{
	struct stat st;

	if (lstat(path, &st) == 0 && S_ISSOCK(st.st_mode))
		(void)unlink(path);
}

enum err
http_listen(int *fd, const char *address, uint16_t port)
{
	struct sockaddr_storage at;
	const int yes = 1;
	bool path = path_parse(&at, address);
	enum err e = E_SYSTEM;
	int s;

	if (!path && !loopback_parse(&at, address, port))
		return E_ARG;
	s = socket(at.ss_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (s == -1)
		return E_SYSTEM;
	if (path)
		clear_path(address);
	else
		(void)setsockopt(
		    s, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof(yes));
	if (bind(s, (const struct sockaddr *)&at,
		path                      ? sizeof(struct sockaddr_un)
		: at.ss_family == AF_INET ? sizeof(struct sockaddr_in)
					  : sizeof(struct sockaddr_in6)) == -1)
		e = errno == EADDRINUSE ? E_EXISTS : E_SYSTEM;
	else if (listen(s, HTTP_BACKLOG) == 0)
		e = E_OK;
	if (e != E_OK) {
		close(s);
		return e;
	}
	*fd = s;
	return E_OK;
}

uint16_t
http_port(int fd)
{
	struct sockaddr_storage at;
	socklen_t len = sizeof(at);

	if (getsockname(fd, (struct sockaddr *)&at, &len) == -1)
		return 0;
	if (at.ss_family == AF_INET)
		return ntohs(((struct sockaddr_in *)&at)->sin_port);
	if (at.ss_family == AF_INET6)
		return ntohs(((struct sockaddr_in6 *)&at)->sin6_port);
	return 0;
}

static struct MHD_Daemon *
start_daemon(struct http *h, int fd)
{
	return MHD_start_daemon(MHD_USE_EPOLL_INTERNAL_THREAD, 0, NULL, NULL,
	    on_request, h, MHD_OPTION_LISTEN_SOCKET, fd,
	    MHD_OPTION_THREAD_POOL_SIZE, (unsigned)THREADS,
	    MHD_OPTION_CONNECTION_TIMEOUT, (unsigned)HTTP_TIMEOUT_S,
	    MHD_OPTION_CONNECTION_MEMORY_LIMIT, MEMORY,
	    MHD_OPTION_CONNECTION_LIMIT, (unsigned)HTTP_CONNECTIONS,
	    MHD_OPTION_PER_IP_CONNECTION_LIMIT, (unsigned)HTTP_PER_ADDRESS,
	    MHD_OPTION_STRICT_FOR_CLIENT, 1, MHD_OPTION_URI_LOG_CALLBACK,
	    on_address, NULL, MHD_OPTION_UNESCAPE_CALLBACK, on_unescape, NULL,
	    MHD_OPTION_NOTIFY_COMPLETED, on_completed, NULL, MHD_OPTION_END);
}

enum err
http_start(struct http **out, struct pages *pages, int fd)
{
	struct http *h = calloc(1, sizeof(*h));

	if (h == NULL)
		return E_NOMEM;
	h->pages = pages;
	if (pthread_mutex_init(&h->lock, NULL) != 0) {
		free(h);
		return E_SYSTEM;
	}
	if ((h->daemon = start_daemon(h, fd)) == NULL) {
		http_stop(h);
		return E_SYSTEM;
	}
	*out = h;
	return E_OK;
}

void
http_stop(struct http *h)
{
	if (h == NULL)
		return;
	if (h->daemon != NULL)
		MHD_stop_daemon(h->daemon);
	for (size_t i = 0; i < KEPT; i++)
		kept_drop(&h->kept[i]);
	(void)pthread_mutex_destroy(&h->lock);
	free(h);
}
