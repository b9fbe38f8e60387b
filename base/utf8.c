#include "base/utf8.h"

#include <stdint.h>

size_t
utf8_len(const char *text)
{
	const uint8_t *s = (const uint8_t *)text;
	size_t len;

	if (s[0] < 0x80)
		return s[0] >= 0x20 && s[0] != 0x7f ? 1 : 0;
	if (s[0] < 0xc2 || s[0] > 0xf4)
		return 0;
	len = s[0] < 0xe0 ? 2 : s[0] < 0xf0 ? 3 : 4;
	for (size_t i = 1; i < len; i++)
		if ((s[i] & 0xc0) != 0x80)
			return 0; /* the final NUL is caught here, too */
	if ((s[0] == 0xc2 && s[1] < 0xa0) ||  /* C1 controls */
	    (s[0] == 0xe0 && s[1] < 0xa0) ||  /* overlong */
	    (s[0] == 0xed && s[1] >= 0xa0) || /* surrogates */
	    (s[0] == 0xf0 && s[1] < 0x90) ||  /* overlong */
	    (s[0] == 0xf4 && s[1] >= 0x90))   /* past U+10FFFF */
		return 0;
	return len;
}
