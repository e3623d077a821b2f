package engine_test

import (
	"context"
	"strings"
	"testing"

	"github.com/alkahest-go/alkahest/compile"
	"github.com/alkahest-go/alkahest/dialect"
	"github.com/alkahest-go/alkahest/dialect/mysql"
	"github.com/alkahest-go/alkahest/dialect/mysql/gosqldriver"
	"github.com/alkahest-go/alkahest/engine"
	"github.com/alkahest-go/alkahest/expr"
	"github.com/alkahest-go/alkahest/internal/testdb"
	"github.com/alkahest-go/alkahest/schema"
)

// checkAll inserts in all sizes into a table that is there.
func checkAll(t *testing.T, e *engine.Engine, table *schema.Table) {
	t.Helper()
	first := 0
	for _, returning := range [][]string{{"id"}, {"id", "made"}} {
		for _, n := range sizes {
			b := newWordBatch(table, first, n, returning...)
			insert(t, e, &b.InsertBatch)
			b.check(t, e, first)
			first += n
		}
	}
}

// Whatever the database does to ids on their way into a table, the id that
// comes back is the row's.
func TestTriggersOnPostgreSQL(t *testing.T) {
	e := open(t, testdb.PG15(t))
	for name, ddl := range map[string][]expr.Statement{
		"before insert": {
			expr.SQL(`CREATE OR REPLACE FUNCTION engine_hostile_f() RETURNS trigger LANGUAGE plpgsql AS
				$$ BEGIN NEW.id := -NEW.id; RETURN NEW; END $$`),
			expr.SQL("CREATE TRIGGER engine_hostile_t BEFORE INSERT ON engine_hostile FOR EACH ROW EXECUTE FUNCTION engine_hostile_f()"),
		},
		"draws another": {
			expr.SQL(`CREATE OR REPLACE FUNCTION engine_hostile_f() RETURNS trigger LANGUAGE plpgsql AS
				$$ BEGIN NEW.id := nextval(pg_get_serial_sequence('engine_hostile', 'id')); RETURN NEW; END $$`),
			expr.SQL("CREATE TRIGGER engine_hostile_t BEFORE INSERT ON engine_hostile FOR EACH ROW EXECUTE FUNCTION engine_hostile_f()"),
		},
		"row security": {
			expr.SQL("ALTER TABLE engine_hostile ENABLE ROW LEVEL SECURITY"),
		},
	} {
		t.Run(name, func(t *testing.T) {
			table := words(t, "engine_hostile")
			create(t, e, table)
			for _, s := range ddl {
				exec(t, e, s)
			}
			checkAll(t, e, table)
		})
	}
}

func TestTriggersOnMariaDB(t *testing.T) {
	e := open(t, testdb.MariaDB(t))
	for name, ddl := range map[string]expr.Statement{
		"before insert":  expr.SQL("CREATE TRIGGER engine_hostile_t BEFORE INSERT ON engine_hostile FOR EACH ROW SET NEW.id = 1000000 - char_length(NEW.word) * 10000 - CAST(substring_index(substr(NEW.word, 6), ',', 1) AS UNSIGNED)"),
		"step of three":  expr.SQL("SET @@auto_increment_increment = 3"),
		"sets the step":  expr.SQL("CREATE TRIGGER engine_hostile_t AFTER INSERT ON engine_hostile FOR EACH ROW SET @@auto_increment_increment = 1 + NEW.id % 5"),
		"inserts itself": expr.SQL("CREATE TRIGGER engine_hostile_t AFTER INSERT ON engine_hostile FOR EACH ROW INSERT INTO engine_hostile_log (word) VALUES (NEW.word)"),
	} {
		t.Run(name, func(t *testing.T) {
			table := words(t, "engine_hostile")
			log := schema.MustTable(table.MetaData(), "engine_hostile_log",
				schema.NewColumn("id", big, schema.PrimaryKey()), schema.NewColumn("word", big))
			_ = log
			create(t, e, table)
			exec(t, e, expr.SQL("ALTER TABLE engine_hostile_log MODIFY word VARCHAR(60), AUTO_INCREMENT = 500000"))
			exec(t, e, ddl)
			checkAll(t, e, table)
		})
	}
}

// likeMySQL is MariaDB without what MySQL does not have.
type likeMySQL struct{ dialect.Dialect }

func (d likeMySQL) Probe(ctx context.Context, q dialect.Querier) (dialect.Capabilities, error) {
	c, err := d.Dialect.Probe(ctx, q)
	c.Keys, c.Sequences = dialect.KeysByLastInsertID, false
	return c, err
}

func (d likeMySQL) Rules(c dialect.Capabilities) *compile.Rules {
	r := *d.Dialect.Rules(c)
	r.Returning = compile.ReturningSupport{}
	return &r
}

func mySQL(t *testing.T) *engine.Engine {
	t.Helper()
	return mySQLAt(t, open(t, testdb.MariaDB(t)).URL())
}

func mySQLAt(t *testing.T, connector *engine.URL, opts ...engine.Option) *engine.Engine {
	t.Helper()
	var o engine.Options
	for _, f := range opts {
		f(&o)
	}
	cfg := gosqldriver.Config{User: connector.User(), Password: gosqldriver.Secret(connector.Password()), Host: connector.Host().Name, Port: connector.Host().Port, Database: connector.Database()}
	c, err := gosqldriver.New(cfg)
	if err != nil {
		t.Fatal(err)
	}
	e := engine.New(likeMySQL{mysql.Dialect}, c, o)
	t.Cleanup(func() {
		if err := e.Close(context.Background()); err != nil {
			t.Error(err)
		}
	})
	return e
}

func TestInsertWithoutReturning(t *testing.T) {
	for name, options := range map[string][]schema.Option{
		"generated":        nil,
		"sequence":         {schema.NewSequence("engine_my1", schema.Start(100))},
		"sequence by five": {schema.NewSequence("engine_my2", schema.Start(100), schema.Increment(5))},
	} {
		t.Run(name, func(t *testing.T) {
			testInserts(t, mySQL(t), words(t, "engine_mysql", options...))
		})
	}
	t.Run("trigger", func(t *testing.T) {
		e := mySQL(t)
		table := words(t, "engine_mysql")
		create(t, e, table)
		exec(t, e, expr.SQL("CREATE TRIGGER engine_mysql_t BEFORE INSERT ON engine_mysql FOR EACH ROW SET NEW.id = 5000000 - char_length(NEW.word) * 100000 - CAST(substring_index(substr(NEW.word, 6), ',', 1) AS UNSIGNED)"))
		checkAll(t, e, table)
	})
}

// A trigger that changes the step while its statement runs, and for some rows
// sets it back before the statement ends.
func TestStepThatATriggerSets(t *testing.T) {
	for name, open := range map[string]func(t *testing.T) *engine.Engine{
		"MariaDB": func(t *testing.T) *engine.Engine { return open(t, testdb.MariaDB(t)) },
		"MySQL":   mySQL,
	} {
		const set = "CREATE TRIGGER engine_steps_t AFTER INSERT ON engine_steps FOR EACH ROW SET @@auto_increment_increment = "
		for step, ddl := range map[string]expr.Statement{
			"for one row":       expr.SQL(set + "IF(NEW.word LIKE 'word 3,%', 3, 1)"),
			"and back":          expr.SQL(set + "IF(NEW.word LIKE 'word 3%' OR NEW.word LIKE 'word 40%', 3, 1)"),
			"by the id":         expr.SQL(set + "1 + NEW.id % 5"),
			"for all that come": expr.SQL(set + "7"),
		} {
			t.Run(name+"/"+step, func(t *testing.T) {
				e := open(t)
				table := words(t, "engine_steps")
				create(t, e, table)
				exec(t, e, ddl)
				checkAll(t, e, table)
			})
		}
	}
}

// A table that is not as the model says: its key is not AUTO_INCREMENT, so that
// the server tells no id.
func TestKeyThatIsNotTheServers(t *testing.T) {
	e := mySQL(t)
	table := words(t, "engine_mysql")
	create(t, e, table)
	exec(t, e, expr.SQL("ALTER TABLE engine_mysql MODIFY id BIGINT NOT NULL DEFAULT (UUID_SHORT())"))
	for _, n := range []int{1, 5} {
		err := e.Transact(t.Context(), engine.TxOptions{}, func(tx *engine.Tx) error {
			return tx.Insert(t.Context(), &newWordBatch(table, 1, n, "id").InsertBatch)
		})
		if err == nil || !strings.Contains(err.Error(), "did not tell the id") {
			t.Errorf("%d rows: got %v, want an error and no id", n, err)
		}
	}
}
