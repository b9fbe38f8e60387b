#include "node/words.h"

#include <string.h>

#include "model/incident.h"
#include "node/field.h"
#include "node/keys.h"

#define NAME 160 /* bytes of a pseudonym that may be nobody's, with NUL */

/* clang-format off */
static const struct word weapons[] = {
	{ "acid", WEAPON_OTHER, NULL },
	{ "air gun", WEAPON_FIREARM, NULL },
	{ "air weapon", WEAPON_FIREARM, NULL },
	{ "axe", WEAPON_SHARP, NULL },
	{ "baseball bat", WEAPON_OTHER, NULL },
	{ "bat", WEAPON_OTHER, NULL },
	{ "blade", WEAPON_SHARP, NULL },
	{ "bladed article", WEAPON_SHARP, NULL },
	{ "bladed weapon", WEAPON_SHARP, NULL },
	{ "blunt instrument", WEAPON_OTHER, NULL },
	{ "blunt object", WEAPON_OTHER, NULL },
	{ "body part", WEAPON_NONE, NULL },
	{ "bottle", WEAPON_OTHER, NULL },
	{ "bottle or glass", WEAPON_OTHER, NULL },
	{ "brick", WEAPON_OTHER, NULL },
	{ "broken glass", WEAPON_OTHER, NULL },
	{ "corrosive substance", WEAPON_OTHER, NULL },
	{ "dagger", WEAPON_SHARP, NULL },
	{ "dog", WEAPON_OTHER, NULL },
	{ "feet", WEAPON_NONE, NULL },
	{ "firearm", WEAPON_FIREARM, NULL },
	{ "fist", WEAPON_NONE, NULL },
	{ "fists", WEAPON_NONE, NULL },
	{ "flick knife", WEAPON_SHARP, NULL },
	{ "glass", WEAPON_OTHER, NULL },
	{ "gun", WEAPON_FIREARM, NULL },
	{ "hammer", WEAPON_OTHER, NULL },
	{ "hand gun", WEAPON_FIREARM, NULL },
	{ "handgun", WEAPON_FIREARM, NULL },
	{ "hands", WEAPON_NONE, NULL },
	{ "imitation firearm", WEAPON_OTHER, NULL },
	{ "kitchen knife", WEAPON_SHARP, NULL },
	{ "knife", WEAPON_SHARP, NULL },
	{ "knife/sharp instrument", WEAPON_SHARP, NULL },
	{ "knives", WEAPON_SHARP, NULL },
	{ "lock knife", WEAPON_SHARP, NULL },
	{ "machete", WEAPON_SHARP, NULL },
	{ "missile", WEAPON_OTHER, NULL },
	{ "n/a", WEAPON_UNSTATED, NULL },
	{ "n/k", WEAPON_UNSTATED, NULL },
	{ "needle", WEAPON_SHARP, NULL },
	{ "nk", WEAPON_UNSTATED, NULL },
	{ "no weapon", WEAPON_NONE, NULL },
	{ "no weapon used", WEAPON_NONE, NULL },
	{ "none", WEAPON_NONE, NULL },
	{ "not armed", WEAPON_NONE, NULL },
	{ "not known", WEAPON_UNSTATED, NULL },
	{ "not recorded", WEAPON_UNSTATED, NULL },
	{ "not stated", WEAPON_UNSTATED, NULL },
	{ "noxious substance", WEAPON_OTHER, NULL },
	{ "null", WEAPON_UNSTATED, NULL },
	{ "other", WEAPON_OTHER, NULL },
	{ "other weapon", WEAPON_OTHER, NULL },
	{ "pistol", WEAPON_FIREARM, NULL },
	{ "razor", WEAPON_SHARP, NULL },
	{ "revolver", WEAPON_FIREARM, NULL },
	{ "rifle", WEAPON_FIREARM, NULL },
	{ "sawn-off shotgun", WEAPON_FIREARM, NULL },
	{ "scissors", WEAPON_SHARP, NULL },
	{ "screwdriver", WEAPON_SHARP, NULL },
	{ "sharp", WEAPON_SHARP, NULL },
	{ "sharp instrument", WEAPON_SHARP, NULL },
	{ "sharp object", WEAPON_SHARP, NULL },
	{ "sharply pointed instrument", WEAPON_SHARP, NULL },
	{ "shotgun", WEAPON_FIREARM, NULL },
	{ "stanley knife", WEAPON_SHARP, NULL },
	{ "stick", WEAPON_OTHER, NULL },
	{ "sword", WEAPON_SHARP, NULL },
	{ "syringe", WEAPON_SHARP, NULL },
	{ "threat of weapon", WEAPON_OTHER, NULL },
	{ "unarmed", WEAPON_NONE, NULL },
	{ "unknown", WEAPON_UNSTATED, NULL },
	{ "unstated", WEAPON_UNSTATED, NULL },
	{ "vehicle", WEAPON_OTHER, NULL },
	{ "zombie knife", WEAPON_SHARP, NULL },
};

static const struct word settings[] = {
	{ "airport", SETTING_TRANSPORT, NULL },
	{ "alley", SETTING_STREET, NULL },
	{ "bank", SETTING_SHOP, NULL },
	{ "bar", SETTING_LICENSED, NULL },
	{ "beach", SETTING_STREET, NULL },
	{ "bus", SETTING_TRANSPORT, NULL },
	{ "bus station", SETTING_TRANSPORT, NULL },
	{ "bus stop", SETTING_TRANSPORT, NULL },
	{ "cafe", SETTING_SHOP, NULL },
	{ "car park", SETTING_STREET, NULL },
	{ "caravan", SETTING_DWELLING, NULL },
	{ "care home", SETTING_DWELLING, NULL },
	{ "cinema", SETTING_OTHER, NULL },
	{ "clinic", SETTING_HEALTH, NULL },
	{ "club", SETTING_LICENSED, NULL },
	{ "college", SETTING_SCHOOL, NULL },
	{ "communal area of dwelling", SETTING_DWELLING, NULL },
	{ "convenience store", SETTING_SHOP, NULL },
	{ "court", SETTING_OTHER, NULL },
	{ "cycle path", SETTING_STREET, NULL },
	{ "domestic", SETTING_DWELLING, NULL },
	{ "dwelling", SETTING_DWELLING, NULL },
	{ "education", SETTING_SCHOOL, NULL },
	{ "educational establishment", SETTING_SCHOOL, NULL },
	{ "ferry", SETTING_TRANSPORT, NULL },
	{ "flat", SETTING_DWELLING, NULL },
	{ "footpath", SETTING_STREET, NULL },
	{ "garden", SETTING_DWELLING, NULL },
	{ "gp surgery", SETTING_HEALTH, NULL },
	{ "health centre", SETTING_HEALTH, NULL },
	{ "highway", SETTING_STREET, NULL },
	{ "home", SETTING_DWELLING, NULL },
	{ "hospital", SETTING_HEALTH, NULL },
	{ "hostel", SETTING_DWELLING, NULL },
	{ "house", SETTING_DWELLING, NULL },
	{ "house or flat", SETTING_DWELLING, NULL },
	{ "houseboat", SETTING_DWELLING, NULL },
	{ "lay-by", SETTING_STREET, NULL },
	{ "leisure centre", SETTING_OTHER, NULL },
	{ "library", SETTING_OTHER, NULL },
	{ "licensed premises", SETTING_LICENSED, NULL },
	{ "market", SETTING_SHOP, NULL },
	{ "night club", SETTING_LICENSED, NULL },
	{ "nightclub", SETTING_LICENSED, NULL },
	{ "nursery", SETTING_SCHOOL, NULL },
	{ "nursing home", SETTING_DWELLING, NULL },
	{ "off-licence", SETTING_SHOP, NULL },
	{ "offender's home", SETTING_DWELLING, NULL },
	{ "open space", SETTING_STREET, NULL },
	{ "other public place", SETTING_OTHER, NULL },
	{ "own home", SETTING_DWELLING, NULL },
	{ "park", SETTING_STREET, NULL },
	{ "patient's home", SETTING_DWELLING, NULL },
	{ "patients home", SETTING_DWELLING, NULL },
	{ "pavement", SETTING_STREET, NULL },
	{ "petrol station", SETTING_SHOP, NULL },
	{ "pharmacy", SETTING_HEALTH, NULL },
	{ "place of worship", SETTING_OTHER, NULL },
	{ "playground", SETTING_STREET, NULL },
	{ "police station", SETTING_OTHER, NULL },
	{ "private dwelling", SETTING_DWELLING, NULL },
	{ "private house", SETTING_DWELLING, NULL },
	{ "private residence", SETTING_DWELLING, NULL },
	{ "pub", SETTING_LICENSED, NULL },
	{ "pub or bar", SETTING_LICENSED, NULL },
	{ "pub/bar", SETTING_LICENSED, NULL },
	{ "public house", SETTING_LICENSED, NULL },
	{ "public park", SETTING_STREET, NULL },
	{ "public place", SETTING_STREET, NULL },
	{ "public transport", SETTING_TRANSPORT, NULL },
	{ "railway station", SETTING_TRANSPORT, NULL },
	{ "residence", SETTING_DWELLING, NULL },
	{ "residential", SETTING_DWELLING, NULL },
	{ "residential home", SETTING_DWELLING, NULL },
	{ "residential institution", SETTING_DWELLING, NULL },
	{ "restaurant", SETTING_SHOP, NULL },
	{ "restaurant or takeaway", SETTING_SHOP, NULL },
	{ "retail", SETTING_SHOP, NULL },
	{ "retail premises", SETTING_SHOP, NULL },
	{ "road", SETTING_STREET, NULL },
	{ "school", SETTING_SCHOOL, NULL },
	{ "shop", SETTING_SHOP, NULL },
	{ "shopping centre", SETTING_SHOP, NULL },
	{ "someone else's home", SETTING_DWELLING, NULL },
	{ "sports ground", SETTING_OTHER, NULL },
	{ "stadium", SETTING_OTHER, NULL },
	{ "station", SETTING_TRANSPORT, NULL },
	{ "street", SETTING_STREET, NULL },
	{ "street or highway", SETTING_STREET, NULL },
	{ "street/highway", SETTING_STREET, NULL },
	{ "supermarket", SETTING_SHOP, NULL },
	{ "surgery", SETTING_HEALTH, NULL },
	{ "takeaway", SETTING_SHOP, NULL },
	{ "taxi", SETTING_TRANSPORT, NULL },
	{ "theatre", SETTING_OTHER, NULL },
	{ "town centre", SETTING_STREET, NULL },
	{ "town square", SETTING_STREET, NULL },
	{ "train", SETTING_TRANSPORT, NULL },
	{ "train station", SETTING_TRANSPORT, NULL },
	{ "tram", SETTING_TRANSPORT, NULL },
	{ "underground", SETTING_TRANSPORT, NULL },
	{ "underground station", SETTING_TRANSPORT, NULL },
	{ "university", SETTING_SCHOOL, NULL },
	{ "victim's home", SETTING_DWELLING, NULL },
	{ "victims home", SETTING_DWELLING, NULL },
};

static const struct word sexes[] = {
	{ "0", WORDS_SEX_UNSTATED, NULL },
	{ "1", WORDS_MALE, NULL },
	{ "2", WORDS_FEMALE, NULL },
	{ "9", WORDS_SEX_UNSTATED, NULL },
	{ "boy", WORDS_MALE, NULL },
	{ "f", WORDS_FEMALE, NULL },
	{ "female", WORDS_FEMALE, NULL },
	{ "girl", WORDS_FEMALE, NULL },
	{ "indeterminate", WORDS_SEX_UNSTATED, NULL },
	{ "m", WORDS_MALE, NULL },
	{ "male", WORDS_MALE, NULL },
	{ "man", WORDS_MALE, NULL },
	{ "n/a", WORDS_SEX_UNSTATED, NULL },
	{ "n/k", WORDS_SEX_UNSTATED, NULL },
	{ "nk", WORDS_SEX_UNSTATED, NULL },
	{ "non-binary", WORDS_SEX_UNSTATED, NULL },
	{ "not known", WORDS_SEX_UNSTATED, NULL },
	{ "not specified", WORDS_SEX_UNSTATED, NULL },
	{ "not stated", WORDS_SEX_UNSTATED, NULL },
	{ "null", WORDS_SEX_UNSTATED, NULL },
	{ "other", WORDS_SEX_UNSTATED, NULL },
	{ "u", WORDS_SEX_UNSTATED, NULL },
	{ "unknown", WORDS_SEX_UNSTATED, NULL },
	{ "unspecified", WORDS_SEX_UNSTATED, NULL },
	{ "woman", WORDS_FEMALE, NULL },
	{ "x", WORDS_SEX_UNSTATED, NULL },
};

static const struct word kinds[] = {
	{ "b", WORDS_BODY, NULL },
	{ "body", WORDS_BODY, NULL },
	{ "business", WORDS_BODY, NULL },
	{ "charity", WORDS_BODY, NULL },
	{ "company", WORDS_BODY, NULL },
	{ "corporate", WORDS_BODY, NULL },
	{ "crown", WORDS_BODY, NULL },
	{ "emergency worker", WORDS_PERSON, NULL },
	{ "human", WORDS_PERSON, NULL },
	{ "individual", WORDS_PERSON, NULL },
	{ "member of public", WORDS_PERSON, NULL },
	{ "member of the public", WORDS_PERSON, NULL },
	{ "n/a", WORDS_KIND_UNSTATED, NULL },
	{ "n/k", WORDS_KIND_UNSTATED, NULL },
	{ "nk", WORDS_KIND_UNSTATED, NULL },
	{ "no victim", WORDS_BODY, NULL },
	{ "none", WORDS_BODY, NULL },
	{ "not known", WORDS_KIND_UNSTATED, NULL },
	{ "not stated", WORDS_KIND_UNSTATED, NULL },
	{ "null", WORDS_KIND_UNSTATED, NULL },
	{ "o", WORDS_BODY, NULL },
	{ "organisation", WORDS_BODY, NULL },
	{ "organization", WORDS_BODY, NULL },
	{ "p", WORDS_PERSON, NULL },
	{ "person", WORDS_PERSON, NULL },
	{ "police officer", WORDS_PERSON, NULL },
	{ "public body", WORDS_BODY, NULL },
	{ "regina", WORDS_BODY, NULL },
	{ "retailer", WORDS_BODY, NULL },
	{ "shop", WORDS_BODY, NULL },
	{ "society", WORDS_BODY, NULL },
	{ "state", WORDS_BODY, NULL },
	{ "unknown", WORDS_KIND_UNSTATED, NULL },
	{ "victim", WORDS_PERSON, NULL },
	{ "victimless", WORDS_BODY, NULL },
};

static const struct word flags[] = {
	{ "0", WORDS_NO, NULL },
	{ "1", WORDS_YES, NULL },
	{ "f", WORDS_NO, NULL },
	{ "false", WORDS_NO, NULL },
	{ "n", WORDS_NO, NULL },
	{ "n/a", WORDS_FLAG_UNSTATED, NULL },
	{ "n/k", WORDS_FLAG_UNSTATED, NULL },
	{ "nk", WORDS_FLAG_UNSTATED, NULL },
	{ "no", WORDS_NO, NULL },
	{ "not known", WORDS_FLAG_UNSTATED, NULL },
	{ "not stated", WORDS_FLAG_UNSTATED, NULL },
	{ "null", WORDS_FLAG_UNSTATED, NULL },
	{ "t", WORDS_YES, NULL },
	{ "true", WORDS_YES, NULL },
	{ "u", WORDS_FLAG_UNSTATED, NULL },
	{ "unknown", WORDS_FLAG_UNSTATED, NULL },
	{ "y", WORDS_YES, NULL },
	{ "yes", WORDS_YES, NULL },
};
/* clang-format on */

#define TABLE(a)                              \
	{                                     \
		sizeof(a) / sizeof((a)[0]), a \
	}
const struct words words_weapons = TABLE(weapons);
const struct words words_settings = TABLE(settings);
const struct words words_sexes = TABLE(sexes);
const struct words words_kinds = TABLE(kinds);
const struct words words_flags = TABLE(flags);

/* Texts, in plain form, that stand for no person; so do zeros alone.  One too
 * many here, and a person is not bounded. */
static const char *const nobody[] = { "9999999999", "anon", "anonymous",
	"missing", "n.k.", "n/a", "n/k", "na", "nil", "nk", "none",
	"not applicable", "not available", "not given", "not known",
	"not provided", "not recorded", "not stated", "not supplied",
	"not-known", "notknown", "null", "refused", "tbc", "unavailable",
	"unidentified", "unk", "unknown", "withheld" };

const struct word *
words_find(const struct words *w, const char *plain)
{
	size_t low = 0, high = w->n;

	while (low < high) {
		size_t at = low + (high - low) / 2;
		const char *said = w->word[at].said;
		/* most differ in their first byte */
		int order = (unsigned char)plain[0] - (unsigned char)said[0];

		if (order == 0)
			order = strcmp(plain, said);
		if (order == 0)
			return &w->word[at];
		if (order < 0)
			high = at;
		else
			low = at + 1;
	}
	return NULL;
}

bool
words_sorted(const struct words *w)
{
	for (size_t i = 1; i < w->n; i++)
		if (strcmp(w->word[i - 1].said, w->word[i].said) >= 0)
			return false;
	return true;
}

/* Is there anything but signs? */
static bool
says_something(const char *plain)
{
	for (; *plain != '\0'; plain++)
		if ((*plain >= 'a' && *plain <= 'z') ||
		    (*plain >= '0' && *plain <= '9') ||
		    (unsigned char)*plain >= 0x80)
			return true;
	return false;
}

/* Does it hold letters and digits, or two digits that differ?  No text that
 * stands for nobody does, and nearly every pseudonym. */
static bool
surely_somebody(const char *s)
{
	char digit = 0;
	bool letter = false;

	for (; *s != '\0'; s++) {
		if (*s >= '0' && *s <= '9') {
			if (letter || (digit != 0 && digit != *s))
				return true;
			digit = *s;
		} else if ((*s >= 'a' && *s <= 'z') ||
			   (*s >= 'A' && *s <= 'Z')) {
			if (digit != 0)
				return true;
			letter = true;
		}
	}
	return false;
}

bool
words_nobody(const char *pseudonym)
{
	char text[NAME], plain[NAME];
	size_t n;

	if (surely_somebody(pseudonym) || (n = strlen(pseudonym)) >= NAME)
		return false;
	text[keys_plain(text, pseudonym, n)] = '\0';
	if (!field_plain(plain, sizeof(plain), text))
		return false;
	if (!says_something(plain) || plain[strspn(plain, "0")] == '\0')
		return true;
	for (size_t k = 0; k < sizeof(nobody) / sizeof(nobody[0]); k++)
		if (strcmp(plain, nobody[k]) == 0)
			return true;
	return false;
}
