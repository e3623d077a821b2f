package examples

import (
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/alkahest-go/alkahest/internal/testdb"
)

func TestURLsOfFiles(t *testing.T) {
	dir := t.TempDir()
	t.Chdir(dir)
	absolute := filepath.Join(t.TempDir(), "absolute.db")
	if err := os.Mkdir("a b", 0o777); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct{ url, file string }{
		{"sqlite:///relative.db", filepath.Join(dir, "relative.db")},
		{"sqlite:///a%20b/c%3f.db", filepath.Join(dir, "a b", "c?.db")},
		{"sqlite:///" + absolute, absolute}, // four slashes
	} {
		prints(t, []string{"1"}, "quickstart", "-db", c.url)
		prints(t, []string{"2"}, "quickstart", "-db", c.url)
		if _, err := os.Stat(c.file); err != nil {
			t.Errorf("%s: got %v, want the file %s", c.url, err, c.file)
		}
	}
}

func TestURLsOfMemory(t *testing.T) {
	t.Chdir(t.TempDir())
	for _, u := range []string{"sqlite://", "sqlite:///:memory:", "sqlite+modernc://"} {
		prints(t, []string{"1"}, "quickstart", "-db", u)
		prints(t, []string{"1"}, "quickstart", "-db", u)
	}
	if files, err := os.ReadDir("."); err != nil || len(files) > 0 {
		t.Errorf("got the files %v and the error %v, want none", files, err)
	}
}

func TestSchemesOfOneDatabase(t *testing.T) {
	for name, c := range map[string]struct {
		fresh   func(t *testing.T) string
		schemes []string
	}{
		"postgresql": {
			func(t *testing.T) string { return postgres(t, testdb.PG15(t)) },
			[]string{"postgresql", "postgres", "postgresql+pgx"},
		},
		"mariadb": {
			func(t *testing.T) string { return mariadb(t, testdb.MariaDB(t)) },
			[]string{"mariadb", "mysql", "mysql+gosqldriver"},
		},
	} {
		t.Run(name, func(t *testing.T) {
			_, rest, _ := strings.Cut(c.fresh(t), "://")
			want := [][]string{{"100", "105"}, {"110", "115"}, {"120", "125"}}
			for i, scheme := range c.schemes {
				// The sequence goes on only if the server is seen as what it is.
				prints(t, want[i], "sequence", "-db", scheme+"://"+rest, "-increment", "5")
			}
		})
	}
}

func TestUnknownOptionIsRefusedByName(t *testing.T) {
	each(t, func(t *testing.T, _ database, db string) {
		sep := "?"
		if strings.Contains(db, "?") {
			sep = "&"
		}
		got := run(t, "quickstart", "-db", db+sep+"nonsense=1")
		if !got.failed || !strings.Contains(got.stderr, "nonsense") {
			t.Errorf("got %+v, want a failure that names the option", got)
		}
	})
}

func TestPercentDecoding(t *testing.T) {
	server := testdb.MariaDB(t)
	u, err := url.Parse(server)
	if err != nil {
		t.Fatal(err)
	}
	password, _ := u.User.Password()
	var escaped strings.Builder
	for _, c := range []byte(password) {
		escaped.WriteString("%" + strings.ToUpper(string("0123456789abcdef"[c>>4])+string("0123456789abcdef"[c&15])))
	}
	fresh := mariadb(t, server)
	got := run(t, "quickstart", "-db", strings.Replace(fresh, ":"+password+"@", ":"+escaped.String()+"@", 1))
	if diff := cmp.Diff(got, result{stdout: "1\n"}, cmp.AllowUnexported(result{})); diff != "" {
		t.Errorf("got, then want:\n%s", diff)
	}
}
