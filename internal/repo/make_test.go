package repo

import (
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/alkahest-go/alkahest/internal/testdb"
)

// rules reads the Makefile: what each target needs and runs.
func rules(t *testing.T) (needs map[string][]string, runs map[string]string) {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(root, "Makefile"))
	if err != nil {
		t.Fatal(err)
	}
	needs, runs = map[string][]string{}, map[string]string{}
	target := ""
	head := regexp.MustCompile(`^([a-z-]+):([^=]*)$`)
	for line := range strings.Lines(string(text)) {
		switch m := head.FindStringSubmatch(strings.TrimRight(line, "\n")); {
		case m != nil:
			target = m[1]
			needs[target] = strings.Fields(m[2])
		case strings.HasPrefix(line, "\t"):
			runs[target] += line
		}
	}
	return needs, runs
}

func TestMakeChecksEverything(t *testing.T) {
	needs, runs := rules(t)
	for _, want := range []string{"format", "vet", "lint", "build", "unit", "race", "modules"} {
		if !strings.Contains(" "+strings.Join(needs["check"], " ")+" ", " "+want+" ") {
			t.Errorf("make check does not need %s", want)
		}
	}
	for target, want := range map[string]string{
		"test": "$(testdb) run -install -- make check", "race": "$(gotest) -race $(race)", "unit": "$(gotest) ./...",
	} {
		if !strings.Contains(runs[target], want) {
			t.Errorf("make %s runs %q, want %s", target, runs[target], want)
		}
	}
	out, err := exec.Command("make", "-n", "-C", root, "race").Output()
	if err != nil || !strings.Contains(string(out), "-race ./engine/... ./orm/...") {
		t.Errorf("make race would run %q, %v, want the engine and the ORM", out, err)
	}
}

func TestCIRunsMakeTest(t *testing.T) {
	text, err := os.ReadFile(filepath.Join(root, ".ci", "run"))
	if err != nil {
		t.Fatal(err)
	}
	if lines := strings.Split(strings.TrimSpace(string(text)), "\n"); lines[len(lines)-1] != "exec make test" {
		t.Errorf("got %q as the last line, want exec make test", lines[len(lines)-1])
	}
}

// No test runs on these systems, so that the least is that the module builds.
// It takes minutes where nothing is built yet, so that it is left to make test.
func TestModuleBuildsForOtherSystems(t *testing.T) {
	if os.Getenv("CI") == "" && os.Getenv(testdb.EnvRequire) != "1" {
		t.Skip("run by make test")
	}
	for _, system := range []string{"windows", "darwin"} {
		t.Run(system, func(t *testing.T) {
			c := exec.Command("go", "build", "./...")
			c.Dir, c.Env = root, append(os.Environ(), "GOOS="+system, "CGO_ENABLED=0")
			if out, err := c.CombinedOutput(); err != nil {
				t.Errorf("%v\n%s", err, out)
			}
		})
	}
}
