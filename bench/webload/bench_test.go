package webload

import (
	"context"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"testing"
)

// BenchmarkPages serves pages without a network in between, for profiles: of a new
// SQLite file, or of the database of the URL in WEBLOAD_DB, a new schema or database in
// which is used.
func BenchmarkPages(b *testing.B) {
	for _, who := range []struct {
		name string
		open func(ctx context.Context, url string) (*Site, error)
	}{{"forum", Forum}, {"byhand", ByHand}} {
		s, err := who.open(b.Context(), freshOf(b))
		must(b, err)
		c := newContender(b, s, 1)
		member := c.clients[1]
		for _, path := range []string{"/", "/posts/7", "/search?q=bread"} {
			b.Run(who.name+path, func(b *testing.B) {
				b.ReportAllocs()
				for b.Loop() {
					serveOnce(b, s, member, path)
				}
			})
		}
		c.transport.CloseIdleConnections()
		must(b, s.Close(context.Background()))
	}
}

func freshOf(b *testing.B) string {
	url := os.Getenv("WEBLOAD_DB")
	switch {
	case strings.HasPrefix(url, "postgres"):
		return freshSchema(b, url)
	case url != "":
		return freshDatabase(b, url)
	}
	return freshFile(b)
}

func serveOnce(b *testing.B, s *Site, c *Client, path string) {
	r := httptest.NewRequestWithContext(b.Context(), http.MethodGet, s.URL+path, nil)
	for _, cookie := range c.http.Jar.Cookies(r.URL) {
		r.AddCookie(cookie)
	}
	w := httptest.NewRecorder()
	s.Config.Handler.ServeHTTP(w, r)
	if w.Code != http.StatusOK || w.Body.Len() < 500 {
		b.Fatalf("%s: status %d, %d bytes", path, w.Code, w.Body.Len())
	}
}
