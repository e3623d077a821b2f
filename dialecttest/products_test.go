package dialecttest_test

import (
	"github.com/alkahest-go/alkahest/dialecttest"
	"github.com/alkahest-go/alkahest/expr"
)

const endless = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 4000000000) SELECT count(*) FROM n"

var sqliteProduct = dialecttest.Product{
	Inserts: sqliteInserts,
	Types:   sqliteTypes,
	LogInserts: []expr.Statement{expr.SQL(`CREATE TRIGGER dt_log_inserts AFTER INSERT ON dt_item BEGIN
	INSERT INTO dt_log (note) VALUES (NEW.note); END`)},
	UnlogInserts: []expr.Statement{expr.SQL("DROP TRIGGER dt_log_inserts")},
	SlowRead:     expr.SQL(endless),
	SlowInsert: expr.SQL(`INSERT INTO dt_slow (id) WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 4000000000)
	SELECT min(1, count(*)) FROM n`),
}

var postgresProduct = dialecttest.Product{
	Inserts: postgresInserts,
	Types:   postgresTypes,
	LogInserts: []expr.Statement{
		expr.SQL(`CREATE FUNCTION dt_log_insert() RETURNS trigger LANGUAGE plpgsql AS
	'BEGIN INSERT INTO dt_log (note) VALUES (NEW.note); RETURN NEW; END'`),
		expr.SQL("CREATE TRIGGER dt_log_inserts AFTER INSERT ON dt_item FOR EACH ROW EXECUTE FUNCTION dt_log_insert()"),
	},
	UnlogInserts: []expr.Statement{expr.SQL("DROP FUNCTION dt_log_insert() CASCADE")},
	RewriteInserts: []expr.Statement{
		expr.SQL(`CREATE FUNCTION dt_rewrite_insert() RETURNS trigger LANGUAGE plpgsql AS
	'BEGIN NEW.note := ''rewritten''; RETURN NEW; END'`),
		expr.SQL("CREATE TRIGGER dt_rewrite BEFORE INSERT ON dt_item FOR EACH ROW EXECUTE FUNCTION dt_rewrite_insert()"),
	},
	UnrewriteInserts: []expr.Statement{expr.SQL("DROP FUNCTION dt_rewrite_insert() CASCADE")},
	Renumber: []expr.Statement{
		expr.SQL(`CREATE FUNCTION dt_renumber_insert() RETURNS trigger LANGUAGE plpgsql AS
	'BEGIN NEW.id := NEW.id + 1000000; RETURN NEW; END'`),
		expr.SQL("CREATE TRIGGER dt_renumber BEFORE INSERT ON dt_item FOR EACH ROW EXECUTE FUNCTION dt_renumber_insert()"),
	},
	Unrenumber: []expr.Statement{expr.SQL("DROP FUNCTION dt_renumber_insert() CASCADE")},
	SlowRead:   expr.SQL("SELECT pg_sleep(30)"),
	SlowInsert: expr.SQL("INSERT INTO dt_slow (id) SELECT 1 FROM pg_sleep(30)"),
	Running: expr.SQL(`SELECT count(*) FROM pg_stat_activity
	WHERE state = 'active' AND pid <> pg_backend_pid() AND datname = current_database()
	AND (query = 'SELECT pg_sleep(30)' OR query LIKE 'INSERT INTO dt\_slow%')`),
}

var mariadbProduct = dialecttest.Product{
	Inserts: mariadbInserts,
	Types:   mariadbTypes,
	LogInserts: []expr.Statement{
		expr.SQL("CREATE TRIGGER dt_log_inserts AFTER INSERT ON dt_item FOR EACH ROW INSERT INTO dt_log (note) VALUES (NEW.note)"),
	},
	UnlogInserts: []expr.Statement{expr.SQL("DROP TRIGGER dt_log_inserts")},
	RewriteInserts: []expr.Statement{
		expr.SQL("CREATE TRIGGER dt_rewrite BEFORE INSERT ON dt_item FOR EACH ROW SET NEW.note = 'rewritten'"),
	},
	UnrewriteInserts: []expr.Statement{expr.SQL("DROP TRIGGER dt_rewrite")},
	SlowRead:         expr.SQL("SELECT sleep(30)"),
	SlowInsert:       expr.SQL("INSERT INTO dt_slow (id) SELECT 1 + 0 * sleep(30)"),
	Running: expr.SQL(`SELECT count(*) FROM information_schema.processlist
	WHERE db = database() AND id <> connection_id() AND info LIKE '%sleep(30)%'`),
}
