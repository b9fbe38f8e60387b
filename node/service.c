#include "node/service.h"

#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "cli/file.h"
#include "crypto/note.h"
#include "crypto/random.h"
#include "crypto/tls.h"
#include "node/gate.h"
#include "node/ledger.h"
#include "node/show.h"
#include "node/site.h"
#include "node/records.h"
#include "protocol/bridge.h"
#include "protocol/daemon.h"
#include "protocol/decoder.h"
#include "protocol/sandbox.h"

#define NET_FD 0     /* pair 0: net, gate */
#define GATE_FD 1    /* */
#define ASK_FD 2     /* pair 1: gate, decoder */
#define DECODER_FD 3 /* */

struct service {
	const char *dir;
	const struct clock *clock;
	struct config config;
};

/* A process ends: says why.  What a restart cannot mend is given up. */
static int
ended(const struct log *log, enum err e, const struct fault *fault)
{
	log_event(log, LOG_ERROR_, "end", "reason=\"%s\"",
	    fault != NULL && fault->text[0] != '\0' ? fault->text
						    : err_text(e));
	switch (e) {
	case E_CONFIG:
	case E_SIGNATURE:
	case E_NOTFOUND:
	case E_EXISTS:
	case E_FORMAT:
	case E_PEER:
		return DAEMON_GIVE_UP;
	default:
		return 1;
	}
}

/* decoder ------------------------------------------------------------- */

static int
run_decoder(void *ctx, const int *fds)
{
	(void)ctx;
	decoder_zygote(fds[DECODER_FD]);
	return 0;
}

/* net ----------------------------------------------------------------- */

static int
run_net(void *ctx, const int *fds)
{
	const struct service *s = ctx;
	struct log log = daemon_log(s->config.party.s, "net");
	struct random *random = NULL;
	struct rng rng;
	struct bridge_config b = { .dial_url = s->config.coordinator,
		.server_name = s->config.server_name,
		.ipc_fd = fds[NET_FD],
		.rng = &rng,
		.log = &log };
	enum err e;

	if ((e = random_start()) != E_OK || (e = random_new(&random)) != E_OK ||
	    (e = identity_tls(&b.tls, s->dir)) != E_OK)
		return ended(&log, e, NULL);
	rng = random_rng(random);
	if ((e = sandbox_enter(SANDBOX_NET)) != E_OK)
		return ended(&log, e, NULL);
	e = bridge_run(&b);
	tls_material_free(&b.tls);
	random_free(random);
	/* what the gate said wrong is not the folder's fault */
	return e == E_OK ? 0 : ended(&log, e == E_FORMAT ? E_IO : e, NULL);
}

/* gate ---------------------------------------------------------------- */

struct post { /* what the gate process holds */
	const struct service *service;
	const struct log *log;
	struct site site;
	struct ledger *ledger;
	struct records *records;
	struct random *random;
	struct rng rng;
	struct decoder *decoder;
	struct core_loop *loop;
	struct gate *gate;
};

static void
post_close(struct post *p)
{
	gate_free(p->gate);
	core_loop_free(p->loop);
	decoder_free(p->decoder);
	random_free(p->random);
	records_close(p->records);
	ledger_close(p->ledger);
	site_close(&p->site);
}

/* The records to count; a node without any gets an empty store, and answers
 * like one that has nothing: never a sign that can be told from zero.  E_STATE:
 * they are gone, although it has answered from them. */
static enum err
open_store(struct records **out, const struct post *p, const struct keys *keys,
    bool *made)
{
	const struct service *s = p->service;
	uint64_t opened;
	char count[RECORDS_WHERE], load[RECORDS_WHERE];
	struct records *r = NULL;
	enum err e;

	*made = false;
	if ((e = config_where(count, &s->config, s->dir, RECORDS_COUNT)) !=
		E_OK ||
	    (e = config_where(load, &s->config, s->dir, RECORDS_LOAD)) != E_OK)
		return e;
	e = records_open(&r, count, RECORDS_COUNT, keys);
	if (e != E_NOTFOUND) {
		*out = r;
		return e;
	}
	if ((e = ledger_opened(p->ledger, &opened)) != E_OK)
		return e;
	if (opened != 0)
		return E_STATE;
	if ((e = records_open(&r, load, RECORDS_LOAD, keys)) != E_OK)
		return e;
	records_close(r);
	*made = true;
	return records_open(out, count, RECORDS_COUNT, keys);
}

/* open_store, with words for what may be wrong. */
static enum err
open_records(struct post *p, struct fault *fault)
{
	const struct service *s = p->service;
	struct keys keys;
	bool made = false;
	enum err e = site_keys(&keys, s->dir, fault);

	if (e != E_OK)
		return e;
	e = open_store(&p->records, p, &keys, &made);
	keys_wipe(&keys);
	if (e != E_OK)
		fault_set(fault, "%.200s: the records: %s", s->dir,
		    e == E_CONFIG ? "of another version of Ward, or loaded "
				    "with another store.key; `ward-node check` "
				    "says what to do"
		    : e == E_STATE
			? "gone, although the node has answered from them; "
			  "put them back, or load every extract again"
			: err_text(e));
	else if (made)
		log_event(p->log, LOG_WARN_, "no-records",
		    "reason=\"nothing is loaded yet: answers are noise around "
		    "zero; see ward-node load\"");
	return e;
}

/* Folder, ledger and records: what must be there before a node can run. */
static enum err
open_files(struct post *p, struct fault *fault)
{
	const char *dir = p->service->dir;
	char path[FILE_PATH];
	enum err e;

	if ((e = site_open(&p->site, dir, true, fault)) != E_OK ||
	    (e = file_path(path, dir, SITE_LEDGER)) != E_OK)
		return e;
	if ((e = ledger_open(&p->ledger, path)) != E_OK) {
		fault_set(fault, "%.200s: %s", path,
		    e == E_EXISTS ? "a node runs on this folder already"
		    : e == E_CONFIG
			? "not a whole ledger; do not delete it: what was "
			  "spent would be forgotten; restore it"
			: err_text(e));
		return e;
	}
	return open_records(p, fault);
}

static enum err
decode(void *ctx, struct query *out, const uint8_t *buf, size_t len)
{
	const struct post *p = ctx;

	return decoder_query(p->decoder, out, buf, len);
}

static enum err
keep_roster(void *ctx, const char *note, size_t len)
{
	const struct post *p = ctx;

	return identity_store_roster(p->service->dir, note, len);
}

/* The roster of the folder, which people may have replaced. */
static void
offer_roster(struct post *p, struct gate *g)
{
	char path[FILE_PATH], *note = NULL;
	size_t len;
	enum err e = file_path(path, p->service->dir, SITE_ROSTER);

	if (e == E_OK)
		e = file_read(&note, &len, path, NOTE_MAX);
	if (e == E_OK)
		e = gate_roster(g, note, len);
	free(note);
	if (e != E_OK && e != E_STATE) /* E_STATE: in force already */
		log_event(p->log, LOG_WARN_, "roster-refused", "reason=\"%s\"",
		    err_text(e));
}

static void
reload(void *ctx, struct gate *g)
{
	struct post *p = ctx;
	struct fault fault = { "" };
	enum err e = site_policy(&p->site.policy, p->service->dir,
	    &p->service->config.party, &fault);

	if (e != E_OK)
		log_event(p->log, LOG_ERROR_, "policy-refused", "reason=\"%s\"",
		    fault.text);
	else
		log_event(p->log, LOG_INFO_, "policy", "state=read");
	offer_roster(p, g);
}

static enum err
open_gate(struct post *p, const int *fds)
{
	struct gate_config c = { .identity = &p->site.identity,
		.coordinator = p->service->config.coordinator_party,
		.policy = &p->site.policy,
		.ledger = p->ledger,
		.records = p->records,
		.areas = p->site.areas,
		.themes = p->site.themes,
		.areas_hash = p->site.areas_hash,
		.rules_hash = p->site.rules_hash,
		.clock = p->service->clock,
		.rng = &p->rng,
		.log = p->log,
		.decode = decode,
		.decode_ctx = p,
		.keep_roster = keep_roster,
		.reload = reload,
		.keep_ctx = p };
	enum err e;

	if ((e = random_new(&p->random)) != E_OK ||
	    (e = decoder_new(&p->decoder, fds[ASK_FD])) != E_OK ||
	    (e = core_loop_new(&p->loop, &c.net, fds[GATE_FD])) != E_OK)
		return e;
	p->rng = random_rng(p->random);
	if ((e = sandbox_enter(SANDBOX_CORE)) != E_OK ||
	    (e = gate_new(&p->gate, &c)) != E_OK)
		return e;
	offer_roster(p, p->gate);
	return E_OK;
}

static int
run_gate(void *ctx, const int *fds)
{
	const struct service *s = ctx;
	struct log log = daemon_log(s->config.party.s, "gate");
	struct post *p = calloc(1, sizeof(*p));
	struct fault fault = { "" };
	struct core core;
	int code;
	enum err e;

	if (p == NULL)
		return ended(&log, E_NOMEM, NULL);
	p->service = s;
	p->log = &log;
	if ((e = random_start()) != E_OK ||
	    (e = open_files(p, &fault)) != E_OK) {
		code = ended(&log, e, &fault);
	} else if ((e = open_gate(p, fds)) != E_OK) {
		code = ended(&log, e == E_CLOCK ? e : E_SYSTEM, NULL);
	} else {
		core = gate_core(p->gate);
		e = core_loop_run(p->loop, &core);
		code = e == E_CLOSED ? 0 : ended(&log, e, NULL);
		if (code == DAEMON_GIVE_UP) /* not the folder's fault */
			code = 1;
	}
	post_close(p);
	free(p);
	return code;
}

/* run ----------------------------------------------------------------- */

/* Opens everything once in a process of its own: the main one never holds a
 * key.  false, and told, when the node cannot run. */
static bool
check_apart(const struct call *call, const struct service *s)
{
	int status;
	pid_t pid = fork();

	if (pid == -1) {
		(void)call_refuse(call, "%s", err_text(E_SYSTEM));
		return false;
	}
	if (pid == 0) {
		struct post *p = calloc(1, sizeof(*p));
		struct fault fault = { "" };
		enum err e = E_NOMEM;

		if (p != NULL) {
			p->service = s;
			e = open_files(p, &fault);
			post_close(p);
		}
		if (e != E_OK)
			(void)show_fault(call, e, &fault);
		(void)fflush(call->world->err);
		_exit(e == E_OK ? 0 : 1);
	}
	return waitpid(pid, &status, 0) == pid && status == 0;
}

static enum call_exit
run_run(struct call *call)
{
	static const struct daemon_process processes[] = {
		{ "decoder", run_decoder, 1u << DECODER_FD },
		{ "net", run_net, 1u << NET_FD },
		{ "gate", run_gate, 1u << GATE_FD | 1u << ASK_FD },
	};
	struct service s = { .dir = call->operands[0],
		.clock = call->world->clock };
	struct daemon d = { .processes = processes,
		.n = sizeof(processes) / sizeof(processes[0]),
		.pairs = 2,
		.ctx = &s };
	struct fault fault = { "" };
	struct log log;
	enum err e;

	if ((e = config_load(&s.config, s.dir, &fault)) != E_OK)
		return show_fault(call, e, &fault);
	if (!check_apart(call, &s))
		return CALL_REFUSED;
	log = daemon_log(s.config.party.s, "main");
	d.log = &log;
	log_event(&log, LOG_INFO_, "start", "version=%s", WARD_VERSION);
	return daemon_run(&d) == 0 ? CALL_DONE : CALL_REFUSED;
}

const struct command service_run = {
	.name = "run",
	.operands = "DIR",
	.least = 1,
	.most = 1,
	.brief = "run the node until a signal ends it",
	.about = "Stays in the foreground and logs to standard error.  SIGTERM "
		 "and SIGINT end it;\nSIGHUP reads policy.yaml and roster.note "
		 "again.  It dials the coordinator and\nlistens nowhere.\n",
	.run = run_run,
	.options = { { NULL, 0, NULL, NULL } },
};
