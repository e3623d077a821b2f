package dialecttest

// Why key configurations differ from SQLAlchemy. Several have the same reason.
const (
	differsIdentity = "PostgreSQL: IDENTITY instead of SERIAL, whose sequence and privileges are apart from the column; SERIAL is the table option `postgres.serial`"
	differsNarrow   = differsIdentity + ". SQLite: a CHECK ends the key where its type does, as it does elsewhere"
	differsRowID    = "SQLite: `INTEGER PRIMARY KEY`; SQLAlchemy's BIGINT and SMALLINT keys are not generated there, and fail on INSERT. " + differsIdentity
	differsNothing  = "an INSERT that leaves out a key which nothing fills is an error before it is sent; SQLAlchemy warns, or leaves it to the database"
	differsDefault  = "PostgreSQL, SQL Server and Oracle: the sequence is the DEFAULT of the column, so that other programs' rows have ids too; SQLAlchemy draws it in its own INSERT only"
	differsCarried  = differsDefault + ". SQLite and MySQL: start, increment and limits are honoured; SQLAlchemy ignores the sequence there"
	differsElse     = "SQLite and MySQL, which have no sequences: a table carries it; SQLAlchemy ignores it there"
	differsRefused  = "what a database does not have (ALWAYS, ON NULL, CACHE beside ORDER) is refused when the tables are created; SQLAlchemy leaves it out in silence"
	differsServer   = "SQLite and MySQL: a DEFAULT from a sequence is refused with what to do; SQLAlchemy fails there. MariaDB: refused too, as prepared INSERTs into such a table can end the server"
	differsKeyOrder = "SQLite: works, by a table; SQLAlchemy refuses it. PostgreSQL: the PRIMARY KEY has the declared order; SQLAlchemy puts the generated column first"
	differsInt      = "SQLite: INT instead of INTEGER, which would make it the rowid, that is filled where nothing generates it"
	differsSwitch   = "there is no such switch: how ids come back is chosen by what is proven"
	differsBeside   = "the default wins; SQLAlchemy too, but beside a server default we refuse AutoincrementYes, as only one can fill the key"
)

// keyDifferences has a reason for each configuration that differs from
// SQLAlchemy, in what is sent or in what becomes of it.
var keyDifferences = map[string]string{
	"Identity()":                              "SQLite: AUTOINCREMENT, by which no id is used again; SQLAlchemy ignores the Identity there",
	"client callable default":                 differsInt,
	"server_default=text('99') on Integer pk": differsInt,
	"FK pk, autoincrement='auto'":             differsInt,
	"Integer pk":                              differsNarrow,
	"BigInteger pk":                           differsRowID,
	"SmallInteger pk":                         differsRowID,

	"BigInteger().with_variant(Integer, 'sqlite') pk": differsIdentity,

	"Numeric(10, 0) pk":                           "generated only with AutoincrementYes: a Numeric key is mostly a number of the program's own",
	"String(5) pk":                                differsNothing,
	"Sequence('s') on Integer pk":                 differsCarried,
	"Sequence('s', start=100, increment=1) on pk": differsCarried,
	"Sequence('s', start=1) on BigInteger pk":     differsCarried,
	"Sequence with every kwarg":                   differsCarried + "; CACHE beside ORDER is refused where each connection fills its own",

	"Sequence(nominvalue, nomaxvalue, cycle=False, increment=-1)":   differsCarried,
	"Sequence('s', optional=True)":                                  differsNarrow,
	"Sequence('s', schema='sch')":                                   differsCarried,
	"Sequence as server_default (seq.next_value()), metadata-level": differsServer,
	"server_default=seq.next_value() only":                          differsServer,
	"Sequence on a non-pk column":                                   differsElse,
	"Identity(always=True, start=42, increment=3)":                  differsRefused,
	"Identity(always=False, start=100)":                             "SQLite and MySQL: the start is honoured; SQLAlchemy ignores the Identity there",
	"Identity with every kwarg":                                     differsRefused,
	"Identity on non-pk column":                                     differsElse,
	"Identity on nullable non-pk":                                   differsElse + ". PostgreSQL: an identity that may be NULL is refused when the tables are created",
	"autoincrement=False":                                           differsNothing,
	"composite pk, no autoincrement flag":                           differsNothing,
	"composite pk, autoincrement=True on first":                     differsKeyOrder,
	"composite pk, autoincrement=True on second":                    differsKeyOrder,
	"autoincrement=True with client default":                        differsBeside,
	"sqlite_autoincrement=True":                                     differsNarrow,
	"sqlite_autoincrement=True with BigInteger":                     differsRowID,
	"FK pk, autoincrement='ignore_fk'":                              differsNarrow,
	"table with only an Integer pk; insert() with no values":        differsNarrow,
	"two nullable cols, insert() with no values":                    differsNarrow,
	"implicit_returning=False on Table":                             differsSwitch,
	"implicit_returning=False + Sequence":                           differsSwitch,
	"explicit NULL for the pk":                                      differsNarrow,
	"explicit id value":                                             differsNarrow,
}
