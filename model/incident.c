#include "model/incident.h"

#include <stddef.h>
#include <string.h>

static const char *const weapons[WEAPONS] = {
	[WEAPON_UNSTATED] = "unstated",
	[WEAPON_NONE] = "none",
	[WEAPON_SHARP] = "sharp",
	[WEAPON_FIREARM] = "firearm",
	[WEAPON_OTHER] = "other",
};
static const char *const victims[VICTIMS] = {
	[VICTIM_UNSTATED] = "unstated",
	[VICTIM_WOMAN] = "woman",
	[VICTIM_GIRL] = "girl",
	[VICTIM_MAN] = "man",
	[VICTIM_BOY] = "boy",
	[VICTIM_OTHER] = "other",
};
static const char *const settings[SETTINGS] = {
	[SETTING_UNSTATED] = "unstated",
	[SETTING_DWELLING] = "dwelling",
	[SETTING_STREET] = "street",
	[SETTING_TRANSPORT] = "transport",
	[SETTING_LICENSED] = "licensed",
	[SETTING_SHOP] = "shop",
	[SETTING_SCHOOL] = "school",
	[SETTING_HEALTH] = "health",
	[SETTING_OTHER] = "other",
};

/* The number of the word s among words[n]. */
static enum err
find(uint8_t *out, const char *const *words, uint8_t n, const char *s)
{
	for (uint8_t i = 0; i < n; i++)
		if (strcmp(words[i], s) == 0) {
			*out = i;
			return E_OK;
		}
	return E_NOTFOUND;
}

enum err
weapon_parse(uint8_t *out, const char *s)
{
	return find(out, weapons, WEAPONS, s);
}

enum err
victim_parse(uint8_t *out, const char *s)
{
	return find(out, victims, VICTIMS, s);
}

enum err
setting_parse(uint8_t *out, const char *s)
{
	return find(out, settings, SETTINGS, s);
}

const char *
weapon_text(unsigned weapon)
{
	return weapon < WEAPONS ? weapons[weapon] : "?";
}

const char *
victim_text(unsigned victim)
{
	return victim < VICTIMS ? victims[victim] : "?";
}

const char *
setting_text(unsigned setting)
{
	return setting < SETTINGS ? settings[setting] : "?";
}
