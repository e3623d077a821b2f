package examples

import (
	"bufio"
	"context"
	"io"
	"net/http"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"
)

// TestWebapp starts the forum, reads its first page at the address that it prints, and
// ends it. A second time it finds the content of the first.
func TestWebapp(t *testing.T) {
	each(t, func(t *testing.T, _ database, url string) {
		for _, args := range [][]string{{"-db", url}, {url}} {
			address, end := serve(t, args...)
			for path, want := range map[string]string{"": "24 posts", "posts/24": "3 replies", "health": `"status":"ok"`} {
				response, err := http.Get(address + path)
				if err != nil {
					t.Fatal(err)
				}
				page, err := io.ReadAll(response.Body)
				response.Body.Close()
				if err != nil || response.StatusCode != http.StatusOK || !strings.Contains(string(page), want) {
					t.Errorf("%s: got status %d, %v and a page without %s: %s", path, response.StatusCode, err, want, page)
				}
			}
			end()
		}
	})
}

// serve starts the forum on a free port. end asks it to end, as a terminal does.
func serve(t *testing.T, args ...string) (address string, end func()) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	t.Cleanup(cancel)
	cmd := exec.CommandContext(ctx, filepath.Join(bin, "webapp"), args...)
	var log strings.Builder
	cmd.Stderr = &log
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	line, err := bufio.NewReader(out).ReadString('\n')
	if err != nil {
		cancel()
		t.Fatalf("it prints no address: %v, %v: %s", err, cmd.Wait(), log.String())
	}
	return strings.TrimSpace(line), func() {
		if err := cmd.Process.Signal(syscall.SIGTERM); err != nil {
			t.Error(err)
		}
		if err := cmd.Wait(); err != nil || log.Len() > 0 {
			t.Errorf("it ended with %v: %s", err, log.String())
		}
	}
}

func TestWebappRefusesWhatItCantOpen(t *testing.T) {
	for _, args := range [][]string{{"oracle://app:hunter2@host/db"}, {"-addr", "nowhere:x"}} {
		if got := run(t, "webapp", args...); !got.failed || got.stdout != "" || got.stderr == "" || strings.Contains(got.stderr, "hunter2") {
			t.Errorf("%v: got %+v, want a failure", args, got)
		}
	}
}
