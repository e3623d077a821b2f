// Package modernc is the glue of SQLite to its pure-Go build: it opens
// databases, prepares and runs statements, and reads rows straight from the
// engine's memory, through modernc.org/sqlite/lib. It knows SQLite's C
// interface and how this library stores each kind of value; it must not know
// the SQL that is run, and it does not go through database/sql.
//
// # Storage
//
// SQLite has five storage classes. Each kind of value has one form in them,
// chosen so that SQL sorts and compares it correctly:
//
//	Int64, Uint64   INTEGER; above 2^63-1 refused
//	Float64         REAL; NaN refused (SQLite would store NULL)
//	Bool            INTEGER 0 or 1
//	Text, JSON      TEXT, valid UTF-8 without NUL
//	Bytes           BLOB
//	Decimal         INTEGER if it is whole and fits 64 bits, else REAL if it has
//	                at most 15 significant digits, else refused
//	Date            TEXT "2026-11-22"
//	TimeOfDay       TEXT "08:00:00.000000"
//	DateTime        TEXT "2026-11-22 08:00:00.000000"
//	Instant         TEXT "2026-11-22 08:00:00.000000Z", in UTC
//	UUID            TEXT, 36 characters in lower case
//	Array           refused
//
// Times always carry six digits of fraction; a value that needs more is
// refused, as are years outside 1 to 9999. SQLite does not keep the sign of a
// negative zero in a table.
//
// Reads accept what other programs and SQLite's own functions write, as long
// as it means the same: times with a T, with none to nine digits of fraction
// (CURRENT_TIMESTAMP is an Instant in UTC), instants with any offset, UUIDs as
// 32 digits or as a BLOB of 16 bytes, INTEGER read as Float64 up to 2^53.
// Anything else is a *sqlerr.ValueError that names the column. Text of an
// INTEGER or REAL is its plain decimal notation, which is how a Decimal is
// read; trailing zeros of its scale are not kept by SQLite.
//
// # Memory databases
//
// With the path ":memory:" each Connect makes a new, empty database, which
// dies with its connection. An engine therefore keeps exactly one connection
// to it, in every role.
package modernc
