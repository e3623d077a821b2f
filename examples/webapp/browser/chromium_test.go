package browser

import (
	"context"
	"fmt"
	"net/http/httptest"
	"os"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/cdproto/input"
	"github.com/chromedp/cdproto/log"
	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/chromedp"

	_ "github.com/alkahest-go/alkahest/dialect/sqlite/modernc"
	"github.com/alkahest-go/alkahest/engine"
	"github.com/alkahest-go/alkahest/examples/webapp/forum"
	"github.com/alkahest-go/alkahest/internal/testdb"
)

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// browser is the Chromium that all tests share. It is started by the first one.
var browser struct {
	once sync.Once
	ctx  context.Context
	stop []context.CancelFunc
	err  error
}

func TestMain(m *testing.M) {
	status := m.Run()
	for _, stop := range slices.Backward(browser.stop) {
		stop()
	}
	os.Exit(status)
}

func start(program string) {
	// It asks nobody for updates, and keeps nothing.
	options := append(slices.Clone(chromedp.DefaultExecAllocatorOptions[:]),
		chromedp.ExecPath(program), chromedp.NoSandbox, chromedp.DisableGPU,
		chromedp.Flag("disable-quic", true), chromedp.Flag("disable-component-update", true),
		chromedp.Flag("font-render-hinting", "none"),
	)
	allocator, stop := chromedp.NewExecAllocator(context.Background(), options...)
	browser.stop = append(browser.stop, stop)
	browser.ctx, stop = chromedp.NewContext(allocator)
	browser.stop = append(browser.stop, stop)
	browser.err = chromedp.Do(browser.ctx)
}

// site is a forum with its sample content.
func site(t *testing.T) string {
	t.Helper()
	db, err := engine.Open(t.Context(), "sqlite:///:memory:")
	must(t, err)
	t.Cleanup(func() { must(t, db.Close(context.Background())) })
	must(t, forum.Prepare(t.Context(), db))
	server := httptest.NewServer(forum.New(db, forum.Options{Rounds: 1000}))
	t.Cleanup(server.Close)
	return server.URL
}

// tab is a window with cookies of its own.
type tab struct {
	t    *testing.T
	site string
	ctx  context.Context

	mu       sync.Mutex
	messages []string // what the console was told
}

// open opens a window at the first page of a site.
func open(t *testing.T, site string) *tab {
	t.Helper()
	program := testdb.Chromium(t)
	browser.once.Do(func() { start(program) })
	must(t, browser.err)
	ctx, stop := chromedp.NewContext(browser.ctx, chromedp.WithNewBrowserContext())
	t.Cleanup(stop)
	must(t, chromedp.Do(ctx))
	ctx, stop = context.WithTimeout(ctx, 4*time.Minute)
	t.Cleanup(stop)
	b := &tab{t: t, site: site, ctx: ctx}
	must(t, chromedp.Listen(ctx, b.hear))
	b.open("/", 200)
	return b
}

// hear keeps errors that the console shows.
func (b *tab) hear(event any) {
	message := ""
	switch e := event.(type) {
	case *runtime.EventConsoleAPICalled:
		message = fmt.Sprint("console: ", e.Type)
	case *runtime.EventExceptionThrown:
		message = "exception: " + e.ExceptionDetails.Text
	case *log.EventEntryAdded:
		// Pages that say what is wrong have a status that says it too, which is told here.
		if e.Entry.Source == log.EntrySourceNetwork && !strings.Contains(e.Entry.URL, "/static/") && !strings.Contains(e.Entry.URL, "favicon") {
			return
		}
		message = fmt.Sprintf("%s %s: %s %s", e.Entry.Source, e.Entry.Level, e.Entry.Text, e.Entry.URL)
	default:
		return
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	b.messages = append(b.messages, message)
}

func (b *tab) do(actions ...chromedp.Action[chromedp.Void]) {
	b.t.Helper()
	must(b.t, chromedp.Do(b.ctx, actions...))
}

// arrives does what leads to another page, and asserts the status of that.
func (b *tab) arrives(status int64, actions ...chromedp.Action[chromedp.Void]) {
	b.t.Helper()
	response, err := chromedp.RunResponse(b.ctx, actions...)
	must(b.t, err)
	if response == nil || response.Status != status {
		b.t.Fatalf("got %+v, want the status %d", response, status)
	}
}

// run runs a script in the page.
func run[T any](b *tab, script string) T {
	b.t.Helper()
	result, err := chromedp.Run(b.ctx, chromedp.Evaluate[T](script))
	must(b.t, err)
	return result
}

func (b *tab) open(path string, status int64) {
	b.t.Helper()
	b.arrives(status, chromedp.Navigate(b.site+path))
}

// follow clicks on the first link of this text, or label.
func (b *tab) follow(text string) {
	b.t.Helper()
	b.arrives(200, chromedp.Click(fmt.Sprintf(`//a[normalize-space()=%[1]q or @aria-label=%[1]q]`, text)))
}

// press clicks on a button, which sends its form.
func (b *tab) press(text string, status int64) {
	b.t.Helper()
	b.arrives(status, chromedp.Click(fmt.Sprintf(`//button[contains(normalize-space(), %q)]`, text)))
}

// fill writes into fields, which are found by their labels: pairs of these and texts.
func (b *tab) fill(pairs ...string) {
	b.t.Helper()
	for i := 0; i < len(pairs); i += 2 {
		run[string](b, fmt.Sprintf(`[...document.querySelectorAll('label')].find(l => l.textContent.trim() === %q).control.value = ''`, pairs[i]))
		b.do(chromedp.Focus(fmt.Sprintf(`//*[@id=//label[normalize-space()=%q]/@for]`, pairs[i])))
		_, err := chromedp.Call(b.ctx, input.InsertText, input.InsertTextParams{Text: pairs[i+1]})
		must(b.t, err)
	}
}

// shows asserts what can be read on the page.
func (b *tab) shows(texts ...string) {
	b.t.Helper()
	page, path := run[string](b, `document.body.innerText`), run[string](b, `location.pathname`)
	for _, text := range texts {
		if !strings.Contains(page, text) {
			b.t.Errorf("%s does not show %q: %s", path, text, page)
		}
	}
}

// silent asserts that the console was told nothing.
func (b *tab) silent() {
	b.t.Helper()
	b.mu.Lock()
	defer b.mu.Unlock()
	for _, m := range b.messages {
		b.t.Errorf("the console says %s", m)
	}
	b.messages = nil
}
