package dialecttest_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/alkahest-go/alkahest/dialect"
	"github.com/alkahest-go/alkahest/dialect/mssql"
	"github.com/alkahest-go/alkahest/dialect/mysql"
	"github.com/alkahest-go/alkahest/dialect/oracle"
	postgresql "github.com/alkahest-go/alkahest/dialect/postgres"
	"github.com/alkahest-go/alkahest/dialect/sqlite"
	"github.com/alkahest-go/alkahest/dialecttest"
	"github.com/alkahest-go/alkahest/internal/testdb"
)

// keyServers are servers whose statements for key configurations are in golden
// files, each named after its dialect.
var keyServers = []struct {
	name    string
	dialect dialect.Dialect
	caps    dialect.Capabilities
}{
	{"sqlite", sqlite.Dialect, dialect.Capabilities{
		Product: "SQLite", Version: dialect.Version{3, 53, 3}, Keys: dialect.KeysByRowID, OneConnection: true, TransactionalDDL: true,
		SchemaVersion: "PRAGMA schema_version",
	}},
	{"postgresql", postgresql.Dialect, dialect.Capabilities{
		Product: "PostgreSQL", Version: dialect.Version{15}, Sequences: true, Pipelines: true, TransactionalDDL: true, AbortsOnError: true,
		InsertTriggers: "triggers?",
	}},
	{"mariadb", mysql.Dialect, dialect.Capabilities{
		Product: "MariaDB", Version: dialect.Version{10, 11}, Keys: dialect.KeysByValuesReturning, Sequences: true, SequencesByName: true, KeyStep: 1,
		InsertTriggers: "triggers?",
	}},
	{"mysql", mysql.Dialect, dialect.Capabilities{
		Product: "MySQL", Version: dialect.Version{8, 4}, Keys: dialect.KeysByLastInsertID, KeyStep: 1, InsertTriggers: "triggers?",
	}},
	{"mssql", mssql.Dialect, dialect.Capabilities{
		Product: "Microsoft SQL Server", Version: dialect.Version{16}, Keys: dialect.KeysByMerge, Sequences: true, TransactionalDDL: true,
		Savepoints: dialect.SavepointWords{Set: "SAVE TRANSACTION", RollbackTo: "ROLLBACK TRANSACTION"},
	}},
	{"oracle", oracle.Dialect, dialect.Capabilities{
		Product: "Oracle Database", Version: dialect.Version{19}, Keys: dialect.KeysByReturning, Sequences: true, Pipelines: true,
		Savepoints: dialect.SavepointWords{Set: "SAVEPOINT", RollbackTo: "ROLLBACK TO SAVEPOINT"},
	}},
}

func TestKeyConfigurations(t *testing.T) {
	for _, s := range keyServers {
		t.Run(s.name, func(t *testing.T) {
			dialecttest.CompareKeys(t, filepath.Join("testdata", "keys", s.name+".txt"), s.dialect, s.caps, *update)
		})
	}
}

// TestKeysWithoutReturning takes MySQL's way on MariaDB.
func TestKeysWithoutReturning(t *testing.T) {
	t.Parallel()
	target := mariadb(t, "mysql-on-mariadb", testdb.MariaDB(t), "", openLikeMySQL)
	target.Only = []string{"keys", "sequences"}
	dialecttest.Run(t, target)
}

// The documentation names each configuration that differs, with its reason, and
// no other.
func TestDifferencesAreDocumented(t *testing.T) {
	page, err := os.ReadFile(filepath.Join("..", "docs", "ids-and-sqlalchemy.md"))
	if err != nil {
		t.Fatal(err)
	}
	differ, all := 0, dialecttest.KeyConfigurations("other")
	for i := range all {
		if all[i].Differs == "" {
			continue
		}
		differ++
		if row := "| `" + all[i].Name + "` | " + all[i].Differs + " |\n"; !strings.Contains(string(page), row) {
			t.Errorf("the page lacks the row %s", row)
		}
	}
	if rows := strings.Count(string(page), "\n| `"); rows != differ {
		t.Errorf("the page has %d rows of configurations, and %d differ", rows, differ)
	}
	t.Logf("%d of %d configurations differ", differ, len(all))
}
