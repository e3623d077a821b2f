package web_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log"
	"math/rand/v2"
	"net/http"
	"runtime"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/alkahest-go/alkahest/internal/proxy"
	"github.com/alkahest-go/alkahest/internal/soak"
	"github.com/alkahest-go/alkahest/orm"
	"github.com/alkahest-go/alkahest/web"
)

// misfortune is what happens at one of the points of a handler.
type misfortune string

const (
	nothing  misfortune = ""
	panics   misfortune = "panic"
	aborts   misfortune = "abort"
	exits    misfortune = "exit" // of the goroutine
	hangsUp  misfortune = "hang up"
	breaks   misfortune = "break" // the connections to the database
	errs     misfortune = "error"
	refuses  misfortune = "status"
	abandons misfortune = "leaves a savepoint and a loop open, and panics"
	misuses  misfortune = "hands the session to another goroutine"
	points              = 5
)

var misfortunes = []misfortune{nothing, nothing, panics, aborts, exits, hangsUp, breaks, errs, refuses, abandons, misuses}

// rolledBack are those after which nothing of the request may be there.
var rolledBack = []misfortune{panics, aborts, exits, hangsUp, errs, refuses, abandons}

// fate is what happens to one request.
type fate struct {
	what   misfortune
	at     int
	method string
	way    string // of sending the response
	status int    // of a response that came whole
}

func randomFate(random *rand.Rand) fate {
	return fate{
		what: misfortunes[random.IntN(len(misfortunes))], at: random.IntN(points),
		method: []string{"POST", "PUT"}[random.IntN(2)], way: []string{"plain", "flushed", "overfull"}[random.IntN(3)],
	}
}

// unlucky is a handler with points at which something happens. Each request
// writes two notes, so that a half of one shows.
type unlucky struct {
	mu     sync.Mutex
	fates  map[string]*fate
	gone   map[string]func() // by which a client hangs up
	strike func()            // breaks connections
}

func (u *unlucky) of(r *http.Request) (id string, f *fate, hangUp func()) {
	id = r.Header.Get("X-Id")
	u.mu.Lock()
	defer u.mu.Unlock()
	return id, u.fates[id], u.gone[id]
}

// serve implements the handler of Sessions.Handle.
func (u *unlucky) serve(w http.ResponseWriter, r *http.Request, s *orm.Session) error {
	id, f, hangUp := u.of(r)
	_, _ = io.Copy(io.Discard, r.Body) // only then does the server notice that the client is gone
	for at := range points {
		switch at {
		case 1, 3:
			s.Add(&Note{Text: fmt.Sprint(id, ".", at)})
		case 2:
			if err := s.Flush(r.Context()); err != nil {
				return err
			}
		case 4:
			if _, err := orm.Select(Notes).Limit(3).All(r.Context(), s); err != nil {
				return err
			}
		}
		if at == f.at {
			if err := u.befall(f, w, r, s, hangUp); err != nil {
				return err
			}
		}
	}
	return ways[f.way](w)
}

func (u *unlucky) befall(f *fate, w http.ResponseWriter, r *http.Request, s *orm.Session, hangUp func()) error {
	switch f.what {
	case panics:
		panic("at a random point")
	case aborts:
		panic(http.ErrAbortHandler)
	case exits:
		runtime.Goexit()
	case hangsUp:
		hangUp()
		<-r.Context().Done()
	case breaks:
		u.strike()
	case errs:
		return errors.New("at a random point")
	case refuses:
		return &web.StatusError{Status: http.StatusTeapot}
	case abandons:
		if _, err := s.BeginNested(r.Context()); err != nil {
			return err
		}
		for range orm.Select(Notes).NoTrack().Each(r.Context(), s) {
			panic("within a loop")
		}
		panic("within a savepoint")
	case misuses:
		go func() { _, _ = orm.Select(Notes).All(r.Context(), s) }()
	}
	return nil
}

// TestNoAcknowledgedWriteIsLost sends requests to whose handlers things happen at
// random points. What was acknowledged is there, and whole; of the others there is
// all or nothing, and nothing where the server said so.
func TestNoAcknowledgedWriteIsLost(t *testing.T) {
	seed := soak.Seed(t)
	count, wrong := soak.Count(10_000), 0
	for i, product := range products {
		t.Run(product, func(t *testing.T) {
			wrong += unluckyRequests(t, product, count, rand.New(rand.NewPCG(seed, uint64(i))))
		})
	}
	soak.Report(t, "web/faults", count*len(products), wrong, seed)
}

func unluckyRequests(t *testing.T, product string, count int, random *rand.Rand) (wrong int) {
	direct := freshURL(t, product)
	db := connect(t, direct)
	through, u := db, &unlucky{fates: map[string]*fate{}, gone: map[string]func(){}, strike: func() {}}
	if !strings.HasPrefix(direct, "sqlite") {
		p := proxy.Start(t, direct)
		through, u.strike = connect(t, p.URL()), p.CloseAll
	}
	must(t, db.CreateAll(t.Context(), base.MetaData))
	server := serve(t, web.New(through, web.Options{Log: quiet, Buffer: 32}).Handle(u.serve))
	server.Config.ErrorLog = log.New(io.Discard, "", 0)
	u.send(t, server.URL, count, random)
	server.Close()
	client.CloseIdleConnections()
	wantNoneOut(t, through)
	wantNoHandlers(t)
	return u.compare(t, notes(t, db))
}

// send sends the requests, by some clients at once.
func (u *unlucky) send(t *testing.T, url string, count int, random *rand.Rand) {
	ids := make(chan string)
	var clients sync.WaitGroup
	for range 8 {
		clients.Go(func() {
			for id := range ids {
				u.request(t, url, id)
			}
		})
	}
	for i := range count {
		id, f := fmt.Sprint("r", i), randomFate(random)
		u.mu.Lock()
		u.fates[id] = &f
		u.mu.Unlock()
		ids <- id
	}
	close(ids)
	clients.Wait()
}

// request sends one request, and notes the status of a response that came whole.
func (u *unlucky) request(t *testing.T, url, id string) {
	ctx, hangUp := context.WithCancel(t.Context())
	defer hangUp()
	u.mu.Lock()
	f := u.fates[id]
	u.gone[id] = hangUp
	u.mu.Unlock()
	r, err := http.NewRequestWithContext(ctx, f.method, url, strings.NewReader(id))
	if err != nil {
		t.Error(err)
		return
	}
	r.Header.Set("X-Id", id)
	resp, err := client.Do(r)
	if err != nil {
		return // the connection was cut
	}
	defer resp.Body.Close()
	if _, err := io.ReadAll(resp.Body); err == nil {
		f.status = resp.StatusCode
	}
}

// compare looks for what is not as it was told.
func (u *unlucky) compare(t *testing.T, texts string) (wrong int) {
	there, acknowledged := map[string]int{}, 0
	for text := range strings.SplitSeq(texts, ",") {
		id, _, _ := strings.Cut(text, ".")
		there[id]++
	}
	for id, f := range u.fates {
		n, success := there[id], f.status == http.StatusOK
		if success {
			acknowledged++
		}
		if n == 1 || success && n != 2 || slices.Contains(rolledBack, f.what) && n != 0 {
			wrong++
			t.Errorf("%s: %+v: there are %d notes of it", id, *f, n)
		}
	}
	t.Logf("%d requests, %d acknowledged", len(u.fates), acknowledged)
	if acknowledged == 0 {
		t.Error("no request was acknowledged")
	}
	return wrong
}

// wantNoHandlers waits until no goroutine is in the package any more.
func wantNoHandlers(t *testing.T) {
	t.Helper()
	for deadline := time.Now().Add(20 * time.Second); ; time.Sleep(time.Millisecond) {
		stacks := make([]byte, 1<<20)
		stacks = stacks[:runtime.Stack(stacks, true)]
		if !strings.Contains(string(stacks), "alkahest/web.") {
			return
		}
		if time.Now().After(deadline) {
			t.Fatalf("goroutines are left:\n%s", stacks)
		}
	}
}
