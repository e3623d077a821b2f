package dialecttest_test

import (
	"github.com/alkahest-go/alkahest/dialecttest"
	"github.com/alkahest-go/alkahest/expr"
)

var sqliteInserts = dialecttest.Inserts{
	LogBefore: dialecttest.Setting{
		Make: []expr.Statement{expr.SQL(`CREATE TRIGGER dt_log_before BEFORE INSERT ON dt_item BEGIN
	INSERT INTO dt_log (note) VALUES (NEW.note); END`)},
		Drop: []expr.Statement{expr.SQL("DROP TRIGGER dt_log_before")},
	},
	Copy: dialecttest.Setting{
		Make: []expr.Statement{expr.SQL(`CREATE TRIGGER dt_copy AFTER INSERT ON dt_item WHEN NEW.note NOT LIKE 'copy of %' BEGIN
	INSERT INTO dt_item (note) VALUES ('copy of ' || NEW.note); END`)},
		Drop: []expr.Statement{expr.SQL("DROP TRIGGER dt_copy")},
	},
	CopyBefore: dialecttest.Setting{
		Make: []expr.Statement{expr.SQL(`CREATE TRIGGER dt_copy BEFORE INSERT ON dt_item WHEN NEW.note NOT LIKE 'copy of %' BEGIN
	INSERT INTO dt_item (note) VALUES ('copy of ' || NEW.note); END`)},
		Drop: []expr.Statement{expr.SQL("DROP TRIGGER dt_copy")},
	},
	SetN: dialecttest.Setting{
		Make: []expr.Statement{expr.SQL(`CREATE TRIGGER dt_set AFTER INSERT ON dt_item BEGIN
	UPDATE dt_item SET n = 99 WHERE id = NEW.id; END`)},
		Drop:  []expr.Statement{expr.SQL("DROP TRIGGER dt_set")},
		After: true,
	},
	RenumberAfter: dialecttest.Setting{
		Make: []expr.Statement{expr.SQL(`CREATE TRIGGER dt_renumber AFTER INSERT ON dt_item BEGIN
	UPDATE dt_item SET id = id + 1000000 WHERE id = NEW.id; END`)},
		Drop: []expr.Statement{expr.SQL("DROP TRIGGER dt_renumber")},
	},
	Refuse: dialecttest.Setting{
		Make: []expr.Statement{expr.SQL(`CREATE TRIGGER dt_refuse BEFORE INSERT ON dt_item WHEN NEW.note = 'n1' BEGIN
	SELECT RAISE(ABORT, 'not this one'); END`)},
		Drop: []expr.Statement{expr.SQL("DROP TRIGGER dt_refuse")},
	},
	Skip: dialecttest.Setting{
		Make: []expr.Statement{expr.SQL(`CREATE TRIGGER dt_skip BEFORE INSERT ON dt_item WHEN NEW.note = 'n1' BEGIN
	SELECT RAISE(IGNORE); END`)},
		Drop: []expr.Statement{expr.SQL("DROP TRIGGER dt_skip")},
	},
	SilentView: dialecttest.Setting{
		Make: []expr.Statement{
			expr.SQL("CREATE VIEW dt_view AS SELECT id, note, n FROM dt_item"),
			expr.SQL(`CREATE TRIGGER dt_view_insert INSTEAD OF INSERT ON dt_view BEGIN
	INSERT INTO dt_item (note) VALUES (NEW.note); END`),
		},
		Drop: []expr.Statement{expr.SQL("DROP VIEW dt_view")},
	},
}

var postgresInserts = dialecttest.Inserts{
	LogBefore: dialecttest.Setting{
		Make: []expr.Statement{
			expr.SQL(`CREATE FUNCTION dt_log_before() RETURNS trigger LANGUAGE plpgsql AS
	'BEGIN INSERT INTO dt_log (note) VALUES (NEW.note); RETURN NEW; END'`),
			expr.SQL("CREATE TRIGGER dt_log_before BEFORE INSERT ON dt_item FOR EACH ROW EXECUTE FUNCTION dt_log_before()"),
		},
		Drop: []expr.Statement{expr.SQL("DROP FUNCTION dt_log_before() CASCADE")},
	},
	Copy: dialecttest.Setting{
		Make: []expr.Statement{
			expr.SQL(`CREATE FUNCTION dt_copy() RETURNS trigger LANGUAGE plpgsql AS
	'BEGIN INSERT INTO dt_item (note) VALUES (''copy of '' || NEW.note); RETURN NEW; END'`),
			expr.SQL(`CREATE TRIGGER dt_copy AFTER INSERT ON dt_item FOR EACH ROW WHEN (NEW.note NOT LIKE 'copy of %') EXECUTE FUNCTION dt_copy()`),
		},
		Drop: []expr.Statement{expr.SQL("DROP FUNCTION dt_copy() CASCADE")},
	},
	CopyBefore: dialecttest.Setting{
		Make: []expr.Statement{
			expr.SQL(`CREATE FUNCTION dt_copy() RETURNS trigger LANGUAGE plpgsql AS
	'BEGIN INSERT INTO dt_item (note) VALUES (''copy of '' || NEW.note); RETURN NEW; END'`),
			expr.SQL(`CREATE TRIGGER dt_copy BEFORE INSERT ON dt_item FOR EACH ROW WHEN (NEW.note NOT LIKE 'copy of %') EXECUTE FUNCTION dt_copy()`),
		},
		Drop: []expr.Statement{expr.SQL("DROP FUNCTION dt_copy() CASCADE")},
	},
	SetN: dialecttest.Setting{
		Make: []expr.Statement{
			expr.SQL(`CREATE FUNCTION dt_set() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN NEW.n := 99; RETURN NEW; END'`),
			expr.SQL("CREATE TRIGGER dt_set BEFORE INSERT ON dt_item FOR EACH ROW EXECUTE FUNCTION dt_set()"),
		},
		Drop: []expr.Statement{expr.SQL("DROP FUNCTION dt_set() CASCADE")},
	},
	Refuse: dialecttest.Setting{
		Make: []expr.Statement{
			expr.SQL(`CREATE FUNCTION dt_refuse() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RAISE EXCEPTION ''not this one''; END'`),
			expr.SQL("CREATE TRIGGER dt_refuse BEFORE INSERT ON dt_item FOR EACH ROW WHEN (NEW.note = 'n1') EXECUTE FUNCTION dt_refuse()"),
		},
		Drop: []expr.Statement{expr.SQL("DROP FUNCTION dt_refuse() CASCADE")},
	},
	Skip: dialecttest.Setting{
		Make: []expr.Statement{
			expr.SQL(`CREATE FUNCTION dt_skip() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NULL; END'`),
			expr.SQL("CREATE TRIGGER dt_skip BEFORE INSERT ON dt_item FOR EACH ROW WHEN (NEW.note = 'n1') EXECUTE FUNCTION dt_skip()"),
		},
		Drop: []expr.Statement{expr.SQL("DROP FUNCTION dt_skip() CASCADE")},
	},
	Rule: dialecttest.Setting{
		Make: []expr.Statement{expr.SQL("CREATE RULE dt_also AS ON INSERT TO dt_item DO ALSO INSERT INTO dt_log (note) VALUES (NEW.note)")},
		Drop: []expr.Statement{expr.SQL("DROP RULE dt_also ON dt_item")},
	},
	View: postgresView(expr.SQL(`CREATE FUNCTION dt_view_insert() RETURNS trigger LANGUAGE plpgsql AS
	'BEGIN INSERT INTO dt_item (note) VALUES (NEW.note) RETURNING id, n INTO NEW.id, NEW.n; RETURN NEW; END'`)),
	SilentView: postgresView(expr.SQL(`CREATE FUNCTION dt_view_insert() RETURNS trigger LANGUAGE plpgsql AS
	'BEGIN INSERT INTO dt_item (note) VALUES (NEW.note); RETURN NEW; END'`)),
	Partitioned: []dialecttest.Setting{
		{Make: []expr.Statement{
			expr.SQL("CREATE TABLE dt_parted (id BIGINT GENERATED BY DEFAULT AS IDENTITY PRIMARY KEY, note VARCHAR(40) NOT NULL, n BIGINT DEFAULT 7) PARTITION BY HASH (id)"),
			expr.SQL("CREATE TABLE dt_parted_0 PARTITION OF dt_parted FOR VALUES WITH (MODULUS 2, REMAINDER 0)"),
			expr.SQL("CREATE TABLE dt_parted_1 PARTITION OF dt_parted FOR VALUES WITH (MODULUS 2, REMAINDER 1)"),
		}, Drop: []expr.Statement{expr.SQL("DROP TABLE dt_parted")}},
		{Make: []expr.Statement{
			expr.SQL("CREATE TABLE dt_parted (id BIGINT GENERATED BY DEFAULT AS IDENTITY PRIMARY KEY, note VARCHAR(40) NOT NULL, n BIGINT DEFAULT 7) PARTITION BY RANGE (id)"),
			expr.SQL("CREATE TABLE dt_parted_0 PARTITION OF dt_parted FOR VALUES FROM (0) TO (20)"),
			expr.SQL("CREATE TABLE dt_parted_1 PARTITION OF dt_parted FOR VALUES FROM (20) TO (30)"),
			expr.SQL("CREATE TABLE dt_parted_rest PARTITION OF dt_parted DEFAULT"),
		}, Drop: []expr.Statement{expr.SQL("DROP TABLE dt_parted")}},
	},
}

func postgresView(trigger expr.Statement) dialecttest.Setting {
	return dialecttest.Setting{
		Make: []expr.Statement{
			expr.SQL("CREATE VIEW dt_view AS SELECT id + 0 AS id, note, n FROM dt_item"), trigger,
			expr.SQL("CREATE TRIGGER dt_view_insert INSTEAD OF INSERT ON dt_view FOR EACH ROW EXECUTE FUNCTION dt_view_insert()"),
		},
		Drop: []expr.Statement{expr.SQL("DROP VIEW dt_view"), expr.SQL("DROP FUNCTION dt_view_insert()")},
	}
}

var mariadbInserts = dialecttest.Inserts{
	LogBefore: dialecttest.Setting{
		Make: []expr.Statement{
			expr.SQL("CREATE TRIGGER dt_log_before BEFORE INSERT ON dt_item FOR EACH ROW INSERT INTO dt_log (note) VALUES (NEW.note)"),
		},
		Drop: []expr.Statement{expr.SQL("DROP TRIGGER dt_log_before")},
	},
	SetN: dialecttest.Setting{
		Make: []expr.Statement{expr.SQL("CREATE TRIGGER dt_set BEFORE INSERT ON dt_item FOR EACH ROW SET NEW.n = 99")},
		Drop: []expr.Statement{expr.SQL("DROP TRIGGER dt_set")},
	},
	Step: dialecttest.Setting{
		Make: []expr.Statement{expr.SQL("CREATE TRIGGER dt_step AFTER INSERT ON dt_item FOR EACH ROW SET @@auto_increment_increment = IF(NEW.note LIKE '%3', 3, 1)")},
		Drop: []expr.Statement{expr.SQL("DROP TRIGGER dt_step")},
	},
	Refuse: dialecttest.Setting{
		Make: []expr.Statement{
			expr.SQL(`CREATE TRIGGER dt_refuse BEFORE INSERT ON dt_item FOR EACH ROW
	IF NEW.note = 'n1' THEN SIGNAL SQLSTATE '45000' SET MESSAGE_TEXT = 'not this one'; END IF`),
		},
		Drop: []expr.Statement{expr.SQL("DROP TRIGGER dt_refuse")},
	},
	View: dialecttest.Setting{
		Make: []expr.Statement{expr.SQL("CREATE VIEW dt_view AS SELECT id, note, n FROM dt_item")},
		Drop: []expr.Statement{expr.SQL("DROP VIEW dt_view")},
	},
	Partitioned: []dialecttest.Setting{
		{
			Make: []expr.Statement{expr.SQL("CREATE TABLE dt_parted (id BIGINT AUTO_INCREMENT PRIMARY KEY, note VARCHAR(40) NOT NULL, n BIGINT DEFAULT 7) PARTITION BY HASH (id) PARTITIONS 3")},
			Drop: []expr.Statement{expr.SQL("DROP TABLE dt_parted")},
		},
		{
			Make: []expr.Statement{expr.SQL(`CREATE TABLE dt_parted (id BIGINT AUTO_INCREMENT PRIMARY KEY, note VARCHAR(40) NOT NULL, n BIGINT DEFAULT 7)
	PARTITION BY RANGE (id) (PARTITION a VALUES LESS THAN (20), PARTITION b VALUES LESS THAN (30), PARTITION c VALUES LESS THAN MAXVALUE)`)},
			Drop: []expr.Statement{expr.SQL("DROP TABLE dt_parted")},
		},
	},
}
