#include "coordinator/service.h"

#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include "cli/file.h"
#include "coordinator/db.h"
#include "coordinator/folder.h"
#include "coordinator/http.h"
#include "coordinator/merge.h"
#include "coordinator/pages.h"
#include "coordinator/pidfile.h"
#include "crypto/note.h"
#include "crypto/random.h"
#include "protocol/bridge.h"
#include "protocol/daemon.h"
#include "protocol/decoder.h"
#include "protocol/sandbox.h"

#define NET_FD 0    /* pair 0: net, merge */
#define MERGE_FD 1  /*  */
#define ASK_FD 2    /* pair 1: merge, decode */
#define DECODE_FD 3 /*  */

struct service {
	const char *dir;
	struct config config;
	const struct clock *clock;
};

/* A process ends: say why.  What a restart cannot mend is given up. */
static int
ended(const struct log *log, const char *what, enum err e,
    const struct fault *fault)
{
	log_event(log, LOG_ERROR_, "end", "what=%s why=\"%s\" %s", what,
	    err_text(e), fault == NULL ? "" : fault->text);
	switch (e) {
	case E_CONFIG:
	case E_SIGNATURE:
	case E_NOTFOUND:
	case E_PEER:
	case E_FORMAT:
		return DAEMON_GIVE_UP;
	default:
		return 1;
	}
}

/* decode ------------------------------------------------------------------ */

static int
run_decode(void *ctx, const int *fds)
{
	(void)ctx;
	decoder_zygote(fds[DECODE_FD]);
	return 0;
}

/* net --------------------------------------------------------------------- */

static int
run_net(void *ctx, const int *fds)
{
	const struct service *s = ctx;
	struct log log = daemon_log(s->config.party.s, "net");
	struct bridge_config b = { .listen_url = s->config.listen,
		.ipc_fd = fds[NET_FD],
		.log = &log };
	enum err e;

	if ((e = random_start()) != E_OK || (e = identity_tls(&b.tls, s->dir)))
		return ended(&log, "keys", e, NULL);
	if ((e = sandbox_enter(SANDBOX_NET)) != E_OK)
		return ended(&log, "sandbox", e, NULL);
	e = bridge_run(&b);
	tls_material_free(&b.tls);
	/* what the core said wrong is the core's fault, not the folder's */
	return e == E_OK ? 0
			 : ended(&log, "net", e == E_FORMAT ? E_IO : e, NULL);
}

/* merge ------------------------------------------------------------------- */

static enum err
decode(void *ctx, struct query *out, const uint8_t *buf, size_t len)
{
	return decoder_query(ctx, out, buf, len);
}

static enum err
read_roster(void *ctx, char **note, size_t *len)
{
	const struct service *s = ctx;
	char path[FILE_PATH];
	enum err e;

	if ((e = file_path(path, s->dir, FOLDER_ROSTER)) != E_OK)
		return e;
	return file_read(note, len, path, NOTE_MAX);
}

struct merging { /* what the merge process holds */
	struct identity identity;
	struct db *db;
	struct pages *pages;
	struct decoder *decoder;
	struct core_loop *loop;
	struct merge *merge;
};

/* Open all that the merge needs. */
static enum err
open_merge(struct merging *m, const struct service *s, const int *fds,
    const struct log *log, struct fault *fault)
{
	struct merge_config c = { .identity = &m->identity,
		.clock = s->clock,
		.log = log,
		.decode = decode,
		.read_roster = read_roster };
	char path[FILE_PATH];
	enum err e;

	if ((e = random_start()) != E_OK ||
	    (e = identity_load(
		 &m->identity, s->dir, &s->config.party, 1, fault)) != E_OK ||
	    (e = file_path(path, s->dir, FOLDER_DB)) != E_OK ||
	    (e = db_open(&m->db, path, DB_WRITE)) != E_OK ||
	    (e = pages_open(&m->pages, m->db, s->config.map, s->config.data)) !=
		E_OK ||
	    (e = decoder_new(&m->decoder, fds[ASK_FD])) != E_OK ||
	    (e = core_loop_new(&m->loop, &c.net, fds[MERGE_FD])) != E_OK)
		return e;
	c.db = m->db;
	c.pages = m->pages;
	c.decode_ctx = m->decoder;
	c.roster_ctx = (void *)(uintptr_t)s;
	if ((e = sandbox_enter(SANDBOX_CORE)) != E_OK)
		return e;
	return merge_new(&m->merge, &c);
}

static int
run_merge(void *ctx, const int *fds)
{
	const struct service *s = ctx;
	struct log log = daemon_log(s->config.party.s, "merge");
	struct merging m = { .db = NULL };
	struct fault fault = { "" };
	struct core core;
	enum err e;

	if ((e = open_merge(&m, s, fds, &log, &fault)) != E_OK)
		return ended(&log, "merge", e, &fault);
	core = merge_core(m.merge);
	e = core_loop_run(m.loop, &core);
	merge_free(m.merge);
	core_loop_free(m.loop);
	decoder_free(m.decoder);
	pages_close(m.pages);
	db_close(m.db);
	identity_free(&m.identity);
	return e == E_CLOSED ? 0 : ended(&log, "merge", E_IO, NULL);
}

/* http -------------------------------------------------------------------- */

static int
run_http(void *ctx, const int *fds)
{
	const struct service *s = ctx;
	struct log log = daemon_log(s->config.party.s, "http");
	struct pages *pages = NULL;
	struct http *http = NULL;
	struct db *db = NULL;
	char path[FILE_PATH];
	int fd = -1;
	enum err e;

	(void)fds;
	if ((e = file_path(path, s->dir, FOLDER_DB)) != E_OK ||
	    (e = db_open(&db, path, DB_READ)) != E_OK ||
	    (e = pages_open(&pages, db, s->config.map, s->config.data)) !=
		E_OK ||
	    (e = http_listen(
		 &fd, s->config.http_address, s->config.http_port)) != E_OK)
		return ended(&log, "http", e, NULL);
	if ((e = sandbox_enter(SANDBOX_HTTP)) != E_OK ||
	    (e = http_start(&http, pages, fd)) != E_OK)
		return ended(&log, "http", e, NULL);
	log_event(&log, LOG_INFO_, "listening", "address=%s port=%u",
	    s->config.http_address, http_port(fd));
	for (;;) /* a signal ends it */
		(void)poll(NULL, 0, -1);
}

/* run --------------------------------------------------------------------- */

/* Check the folder in a process of its own: the main one never holds a key or
 * a database.  false, and told, when the folder cannot be used. */
static bool
check_apart(const struct call *call, const struct service *s)
{
	struct fault fault = { "" };
	struct config config;
	int status;
	pid_t pid = fork();
	enum err e;

	if (pid == -1) {
		(void)call_refuse(call, "%s", err_text(E_SYSTEM));
		return false;
	}
	if (pid == 0) {
		e = folder_usable(&config, s->dir, s->clock, &fault);
		if (e != E_OK)
			(void)call_refuse(call, "%s",
			    fault.text[0] != '\0' ? fault.text : err_text(e));
		(void)fflush(call->world->err);
		_exit(e == E_OK ? 0 : 1);
	}
	return waitpid(pid, &status, 0) == pid && status == 0;
}

static enum call_exit
run_run(struct call *call)
{
	static const struct daemon_process processes[] = {
		{ "decode", run_decode, 1u << DECODE_FD },
		{ "net", run_net, 1u << NET_FD },
		{ "merge", run_merge, 1u << MERGE_FD | 1u << ASK_FD },
		{ "http", run_http, 0 },
	};
	struct service s = { .dir = call->operands[0],
		.clock = call->world->clock };
	struct fault fault = { "" };
	struct daemon d = { .processes = processes,
		.n = sizeof(processes) / sizeof(processes[0]),
		.pairs = 2,
		.ctx = &s };
	struct log log;
	int lock = -1, code;
	enum err e;

	if ((e = pidfile_claim(&lock, s.dir)) != E_OK)
		return call_refuse(call, "%s: %s", s.dir,
		    e == E_EXISTS ? "a coordinator runs in this folder"
				  : err_text(e));
	if (!check_apart(call, &s) ||
	    folder_config(&s.config, s.dir, &fault) != E_OK) {
		close(lock);
		return CALL_REFUSED;
	}
	log = daemon_log(s.config.party.s, "main");
	d.log = &log;
	log_event(&log, LOG_INFO_, "start", "version=%s", WARD_VERSION);
	code = daemon_run(&d);
	close(lock);
	return code == 0 ? CALL_DONE : CALL_REFUSED;
}

const struct command service_run = {
	.name = "run",
	.operands = "DIR",
	.least = 1,
	.most = 1,
	.brief = "run the coordinator until a signal ends it",
	.about = "Stays in the foreground and logs to standard error; SIGTERM "
		 "and SIGINT\nend it, SIGHUP (or 'reload') reads roster.note "
		 "again.\n",
	.run = run_run,
	.options = { { NULL, 0, NULL, NULL } },
};

/* reload ------------------------------------------------------------------ */

static enum call_exit
run_reload(struct call *call)
{
	const char *dir = call->operands[0];
	pid_t pid;
	enum err e;

	if ((e = pidfile_holder(&pid, dir)) == E_IO)
		return call_refuse(call,
		    "%s: cannot be looked into; are you the coordinator's "
		    "user?",
		    dir);
	if (e != E_OK)
		return call_refuse(
		    call, "%s: no coordinator runs in this folder", dir);
	if (kill(pid, SIGHUP) == -1)
		return call_refuse(call,
		    "%s: process %ld cannot be told; are you its user?", dir,
		    (long)pid);
	return CALL_DONE;
}

const struct command service_reload = {
	.name = "reload",
	.operands = "DIR",
	.least = 1,
	.most = 1,
	.brief = "have the running coordinator read roster.note again",
	.about = "A roster with a higher epoch is taken, handed to everybody "
		 "who is\nconnected, and parties that are out are "
		 "disconnected.  The log says\nwhat became of it.\n",
	.run = run_reload,
	.options = { { NULL, 0, NULL, NULL } },
};
