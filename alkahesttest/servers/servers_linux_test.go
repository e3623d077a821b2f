package servers

import (
	"os"
	"strings"
	"testing"

	"github.com/alkahest-go/alkahest/alkahesttest"
	"github.com/alkahest-go/alkahest/engine"
	"github.com/alkahest-go/alkahest/internal/testdb"

	_ "github.com/alkahest-go/alkahest/dialect/postgres/pgx"
)

func TestServersOfTheEnvironment(t *testing.T) {
	t.Setenv(testdb.EnvMariaDB, "mariadb://somewhere")
	if got := MariaDB(t); got != "mariadb://somewhere" {
		t.Errorf("got %s, want what the environment says", got)
	}
	t.Setenv(testdb.EnvPG18, "")
	t.Setenv(testdb.EnvPG18+testdb.AbsentSuffix, "not here")
	if !t.Run("absent", func(t *testing.T) {
		PostgreSQL18(t)
		t.Error("a server was found that is absent")
	}) {
		t.Error("the test was not skipped")
	}
}

// A server is started for the program where none is named, once, and is gone
// after Stop, with its files.
func TestServersAreStarted(t *testing.T) {
	t.Setenv(testdb.EnvPG15, "")
	t.Setenv(testdb.EnvPG15+testdb.AbsentSuffix, "")
	before := sharedDir
	none := t.TempDir()
	sharedDir = func() string { return none }
	t.Cleanup(func() { sharedDir = before })
	url := PostgreSQL15(t)
	if again := PostgreSQL15(t); again != url || !strings.HasPrefix(url, "postgresql://") {
		t.Errorf("got %s and then %s, want one server", url, again)
	}
	db := alkahesttest.Open(t, url)
	if err := db.Ping(t.Context()); err != nil {
		t.Fatal(err)
	}
	dir := started.dir
	if err := Stop(); err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(dir); !os.IsNotExist(err) {
		t.Errorf("%s is still there: %v", dir, err)
	}
	gone, err := engine.Open(t.Context(), url)
	if err != nil {
		t.Fatal(err)
	}
	defer gone.Close(t.Context())
	if gone.Ping(t.Context()) == nil {
		t.Error("the server answers after its end")
	}
}
