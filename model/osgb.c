#include "model/osgb.h"

#include <math.h>
#include <stdbool.h>
#include <stdlib.h>

#include "model/grid.h"

#define COLUMNS 701
#define EAST_BASE_MM 82140 /* shift = value + base, in millimetres */
#define NORTH_BASE_MM (-84180)

/* GRS80, and the projection of the National Grid. */
#define AXIS_A 6378137.0
#define AXIS_B 6356752.3141
#define SCALE 0.9996012717
#define TRUE_LAT (49.0 * RADIAN)
#define TRUE_LON (-2.0 * RADIAN)
#define TRUE_EAST 400000.0
#define TRUE_NORTH (-100000.0)
#define RADIAN (3.14159265358979323846 / 180)
#define E2 ((AXIS_A * AXIS_A - AXIS_B * AXIS_B) / (AXIS_A * AXIS_A))

struct osgb {
	const uint8_t *east, *north;
};

enum err
osgb_new(struct osgb **out, const uint8_t *east, size_t east_len,
    const uint8_t *north, size_t north_len)
{
	struct osgb *o;

	if (east_len != OSGB_TABLE || north_len != OSGB_TABLE)
		return E_FORMAT;
	if ((o = malloc(sizeof(*o))) == NULL)
		return E_NOMEM;
	*o = (struct osgb){ east, north };
	*out = o;
	return E_OK;
}

void
osgb_free(struct osgb *o)
{
	free(o);
}

/* Length of the meridian from the true origin to lat, in metres: M. */
static double
meridian(double lat)
{
	double n = (AXIS_A - AXIS_B) / (AXIS_A + AXIS_B);
	double n2 = n * n, n3 = n2 * n;
	double d = lat - TRUE_LAT, s = lat + TRUE_LAT;

	return AXIS_B * SCALE *
	       ((1 + n + 1.25 * n2 + 1.25 * n3) * d -
		   (3 * n + 3 * n2 + 2.625 * n3) * sin(d) * cos(s) +
		   (1.875 * n2 + 1.875 * n3) * sin(2 * d) * cos(2 * s) -
		   35.0 / 24 * n3 * sin(3 * d) * cos(3 * s));
}

/* Radii of curvature at lat: across (nu), along (rho) and eta squared. */
static void
radii(double lat, double *nu, double *rho, double *eta2)
{
	double s = sin(lat), w = 1 - E2 * s * s;

	*nu = AXIS_A * SCALE / sqrt(w);
	*rho = AXIS_A * SCALE * (1 - E2) / (w * sqrt(w));
	*eta2 = *nu / *rho - 1;
}

/* Transverse Mercator of radians; metres. */
static void
project(double lat, double lon, double *east, double *north)
{
	double nu, rho, eta2, s = sin(lat), c = cos(lat);
	double t2 = s * s / (c * c), t4 = t2 * t2;
	double l = lon - TRUE_LON, l2 = l * l, c3 = c * c * c, c5 = c3 * c * c;

	radii(lat, &nu, &rho, &eta2);
	*north =
	    meridian(lat) + TRUE_NORTH +
	    l2 * (nu / 2 * s * c +
		     l2 * (nu / 24 * s * c3 * (5 - t2 + 9 * eta2) +
			      l2 * nu / 720 * s * c5 * (61 - 58 * t2 + t4)));
	*east = TRUE_EAST +
		l * (nu * c + l2 * (nu / 6 * c3 * (nu / rho - t2) +
				       l2 * nu / 120 * c5 *
					   (5 - 18 * t2 + t4 + 14 * eta2 -
					       58 * t2 * eta2)));
}

/* The latitude whose meridian length is north, in radians. */
static double
foot_latitude(double north)
{
	double lat = TRUE_LAT;

	for (int i = 0; i < 20; i++) { /* gains three digits a turn */
		double left = north - TRUE_NORTH - meridian(lat);

		lat += left / (AXIS_A * SCALE);
		if (fabs(left) < 1e-6)
			break;
	}
	return lat;
}

/* The inverse of project. */
static void
unproject(double east, double north, double *lat, double *lon)
{
	double foot = foot_latitude(north), nu, rho, eta2;
	double t = tan(foot), t2 = t * t, t4 = t2 * t2, t6 = t4 * t2;
	double sec = 1 / cos(foot), d = east - TRUE_EAST, d2 = d * d;
	double nu2, nu3, nu5, nu7;

	radii(foot, &nu, &rho, &eta2);
	nu2 = nu * nu;
	nu3 = nu2 * nu;
	nu5 = nu3 * nu2;
	nu7 = nu5 * nu2;
	*lat =
	    foot - d2 * (t / (2 * rho * nu) -
			    d2 * (t / (24 * rho * nu3) *
					 (5 + 3 * t2 + eta2 - 9 * t2 * eta2) -
				     d2 * t / (720 * rho * nu5) *
					 (61 + 90 * t2 + 45 * t4)));
	*lon =
	    TRUE_LON +
	    d * (sec / nu -
		    d2 * (sec / (6 * nu3) * (nu / rho + 2 * t2) -
			     d2 * (sec / (120 * nu5) * (5 + 28 * t2 + 24 * t4) -
				      d2 * sec / (5040 * nu7) *
					  (61 + 662 * t2 + 1320 * t4 +
					      720 * t6))));
}

/* The value at node (column, row) in millimetres above the base. */
static double
node_mm(const uint8_t *table, size_t column, size_t row)
{
	const uint8_t *p = table + 2 * (row * COLUMNS + column);

	return (double)(p[0] | p[1] << 8);
}

/* The table at a point inside the rectangle, bilinear; millimetres. */
static double
table_mm(const uint8_t *table, double east, double north)
{
	size_t column = (size_t)(east / 1000), row = (size_t)(north / 1000);
	double x = east / 1000 - (double)column;
	double y = north / 1000 - (double)row;
	double south = (1 - x) * node_mm(table, column, row) +
		       x * node_mm(table, column + 1, row);
	double top = (1 - x) * node_mm(table, column, row + 1) +
		     x * node_mm(table, column + 1, row + 1);

	return (1 - y) * south + y * top;
}

static bool
inside(double east, double north)
{
	return east >= 0 && east < GRID_EAST_MAX && north >= 0 &&
	       north < GRID_NORTH_MAX; /* false for what is no number */
}

/* Metres to add to ETRS89 grid coordinates inside the rectangle. */
static void
shift(const struct osgb *o, double east, double north, double *de, double *dn)
{
	*de = (table_mm(o->east, east, north) + EAST_BASE_MM) / 1000;
	*dn = (table_mm(o->north, east, north) + NORTH_BASE_MM) / 1000;
}

/* Is it on the island of Ireland or its waters?  Between Pembrokeshire's last
 * rocks (5.7 W) and Wicklow (6.0 W), west of Galloway and Man (5.2 W) beside
 * Down (5.4 W), and south-west of Kintyre (55.28 N, 5.8 W). */
static bool
irish(double lat, double lon)
{
	if (lat < 51.2 || lat > 55.45)
		return false;
	if (lat > 55.25)
		return lon < -5.9;
	return lon < (lat > 53.9 ? -5.3 : -5.8);
}

enum err
osgb_to_grid(
    const struct osgb *o, double lat, double lon, double *east, double *north)
{
	double e, n, de, dn;

	if (!(fabs(lat) < 80) || !(fabs(lon) < 80) || irish(lat, lon))
		return E_RANGE;
	project(lat * RADIAN, lon * RADIAN, &e, &n);
	if (!inside(e, n))
		return E_RANGE;
	shift(o, e, n, &de, &dn);
	if (!inside(e + de, n + dn))
		return E_RANGE;
	*east = e + de;
	*north = n + dn;
	return E_OK;
}

enum err
osgb_to_wgs84(
    const struct osgb *o, double east, double north, double *lat, double *lon)
{
	double e = east, n = north, de, dn;

	for (int i = 0; i < 6; i++) { /* the shift changes slowly: 3 do */
		if (!inside(e, n))
			return E_RANGE;
		shift(o, e, n, &de, &dn);
		e = east - de;
		n = north - dn;
	}
	unproject(e, n, lat, lon);
	*lat /= RADIAN;
	*lon /= RADIAN;
	return E_OK;
}
