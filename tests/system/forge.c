/*
 * forge -- what a dishonest researcher or approver could sign.
 *
 *	forge IN.wq OUT.wq [--charge NRHO] [--variation N] [--noise N]
 *	      [--signer DIR] [--title TEXT] [--approver DIR]...
 *
 * --charge and --variation state another price, --noise divides the size of
 * the noise of every histogram and states the old price.
 *
 * Reads the query of a bundle, changes it, signs it with the real key of DIR
 * (party.yaml's party is not read: the sender stays as it is) and signs an
 * approval by each named folder, as `PARTY=DIR`.  `ward` would refuse to make
 * such bundles; nodes have to refuse them too.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/file.h"
#include "crypto/keyfile.h"
#include "crypto/random.h"
#include "protocol/bundle.h"
#include "protocol/codec.h"

#define CHECK(x)                                                              \
	do {                                                                  \
		enum err e_ = (x);                                            \
		if (e_ != E_OK) {                                             \
			fprintf(stderr, "forge: %s: %s\n", #x, err_text(e_)); \
			exit(1);                                              \
		}                                                             \
	} while (0)

static struct sign_key
key_of(const char *dir)
{
	char path[FILE_PATH];
	uint8_t seed[SIGN_SEED];
	struct sign_key key;

	CHECK(file_path(path, dir, "sign.key"));
	CHECK(keyfile_load(path, "sign", seed, sizeof(seed)));
	sign_from_seed(&key, seed);
	return key;
}

static void
append(FILE *out, const struct envelope *e, const char *dir)
{
	struct sign_key key = key_of(dir);
	uint8_t *bytes;
	size_t len;

	CHECK(envelope_make(&bytes, &len, e, &key));
	fwrite(bytes, 1, len, out);
	free(bytes);
}

/* An approval by "PARTY=DIR" of the query with that id. */
static void
append_approval(FILE *out, const uint8_t id[QUERY_ID], const char *who)
{
	const char *equals = strchr(who, '=');
	struct approval a = { .not_before = 0, .not_after = UINT32_MAX };
	uint8_t body[APPROVAL_MAX];
	struct envelope e = { .purpose = PURPOSE_APPROVAL, .bytes = body };

	if (equals == NULL)
		exit(2);
	CHECK(party_id_parse(&e.sender, who, (size_t)(equals - who)));
	memcpy(e.id, id, QUERY_ID);
	e.len = approval_write(body, &a);
	append(out, &e, equals + 1);
}

static const char *
option(int argc, char **argv, const char *name, int nth)
{
	for (int i = 3; i + 1 < argc; i += 2)
		if (strcmp(argv[i], name) == 0 && nth-- == 0)
			return argv[i + 1];
	return NULL;
}

/* The number behind an option, or usual. */
static uint64_t
number(int argc, char **argv, const char *name, uint64_t usual)
{
	const char *s = option(argc, argv, name, 0);

	return s == NULL ? usual : strtoull(s, NULL, 10);
}

/* What it states, and what it asks for. */
static void
change(struct question *q, int argc, char **argv)
{
	uint64_t less = number(argc, argv, "--noise", 1);

	q->charge_nrho = number(argc, argv, "--charge", q->charge_nrho);
	q->charge_tv = number(argc, argv, "--variation", q->charge_tv);
	for (unsigned i = 0; i < q->n_histograms; i++)
		q->histograms[i].num /= (uint32_t)less;
}

int
main(int argc, char **argv)
{
	struct bundle b;
	struct query *q = calloc(1, sizeof(*q));
	const char *title, *who;
	struct envelope e = { .purpose = PURPOSE_QUERY };
	uint8_t *bytes;
	char *in;
	size_t len;
	FILE *out;

	if (argc < 3 || q == NULL)
		return 2;
	CHECK(random_start());
	CHECK(file_read(&in, &len, argv[1], BUNDLE_MAX));
	CHECK(bundle_parse(&b, (const uint8_t *)in, len));
	CHECK(codec_query_read(q, b.query.bytes, b.query.len));
	change(&q->q, argc, argv);
	if ((title = option(argc, argv, "--title", 0)) != NULL)
		snprintf(q->title, sizeof(q->title), "%s", title);
	CHECK(codec_query_write(&bytes, &len, q, NULL));

	if ((out = fopen(argv[2], "wb")) == NULL)
		return 1;
	e.sender = b.query.sender;
	e.bytes = bytes;
	e.len = len;
	bundle_query_id(e.id, bytes, len);
	if ((who = option(argc, argv, "--signer", 0)) == NULL)
		return 2;
	append(out, &e, who);
	for (int i = 0; (who = option(argc, argv, "--approver", i)) != NULL;
	     i++)
		append_approval(out, e.id, who);
	free(bytes);
	free(in);
	free(q);
	return fclose(out) == 0 ? 0 : 1;
}
