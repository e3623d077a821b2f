package browser

import (
	"bytes"
	_ "embed"
	"flag"
	"fmt"
	"image/png"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/chromedp/cdproto/accessibility"
	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/chromedp"
)

var update = flag.Bool("update", false, "write the pictures of docs/images")

//go:embed testdata/looks.js
var looks string

// view is a window as somebody has it.
type view struct {
	width, height int64
	scheme        string
}

func (v view) String() string { return fmt.Sprintf("%d-%s", v.width, v.scheme) }

var views = []view{{1280, 860, "light"}, {1280, 860, "dark"}, {360, 720, "light"}, {360, 720, "dark"}}

// pictures are kept in docs/images.
var pictures = []string{
	"posts-1280-light", "posts-1280-dark", "posts-360-light", "posts-360-dark",
	"post-1280-dark", "post-360-light", "conflict-1280-light", "conflict-360-dark",
}

// TestBrowserLooks shows each page at both widths, light and dark.
func TestBrowserLooks(t *testing.T) {
	t.Parallel()
	site := site(t)
	visitor, zoe := open(t, site), member(t, site, "zoe")
	visitor.look("posts")
	for _, page := range []struct {
		name, path string
		status     int64
	}{
		{"page 2", "/?page=2", 200},
		{"tag", "/tags/bread", 200},
		{"user", "/users/ada", 200},
		{"tags", "/tags", 200},
		{"search", "/search?q=nothing+at+all", 200},
		{"recent", "/recent", 200},
		{"visited post", "/posts/24", 200},
		{"sign up", "/sign-up", 200},
		{"sign in", "/sign-in", 200},
		{"not found", "/nowhere", 404},
	} {
		visitor.open(page.path, page.status)
		visitor.look(page.name)
	}
	visitor.open("/sign-up", 200)
	visitor.fill("Name", "Zoe!", "Password", "short")
	visitor.press("Sign up", 422)
	visitor.look("sign up, refused")
	visitor.open("/sign-in", 200)
	visitor.fill("Name", "zoe", "Password", "wrong")
	visitor.press("Sign in", 422)
	visitor.look("sign in, refused")

	zoe.open("/posts/24", 200)
	zoe.press("4 points", 200)
	zoe.fill("Your reply", "Potatoes, leeks, and one hundred spoons.")
	zoe.press("Reply", 200)
	zoe.look("post")
	zoe.open("/posts/new", 200)
	zoe.look("new post")
	run[bool](zoe, `document.querySelector('main form.fields').noValidate = true`)
	zoe.fill("Tags", "one_two")
	zoe.press("Post", 422)
	zoe.look("new post, refused")
	other := open(t, site)
	other.open("/sign-in", 200)
	other.fill("Name", "zoe", "Password", password)
	other.press("Sign in", 200)
	zoe.lookAtConflict(other)
	visitor.silent()
	zoe.silent()
}

// lookAtConflict edits a post that another window of the same member saves meanwhile.
func (b *tab) lookAtConflict(other *tab) {
	b.t.Helper()
	b.open("/posts/new", 200)
	b.fill("Title", "Plum cake, as my aunt makes it", "Text", "300 g flour, 150 g butter, 100 g sugar, one egg.\nA kilo of plums.\n40 minutes at 180 degrees.", "Tags", "cake")
	b.press("Post", 200)
	post := run[string](b, `location.pathname`)
	for _, w := range []*tab{b, other} {
		w.open(post+"/edit", 200)
	}
	other.fill("Text", "300 g flour, 150 g butter, 100 g sugar, one egg.\nA kilo and a half of plums, halved.\n40 minutes at 180 degrees.", "Tags", "cake, plums")
	other.press("Save", 200)
	b.fill("Text", "300 g flour, 150 g butter, 100 g sugar, one egg.\nA kilo of plums.\n40 minutes at 180 degrees.\nCinnamon, when it is still warm.")
	b.press("Save", 409)
	b.look("conflict")
}

// look asserts of the page, as each view has it, that it does not scroll sideways, that
// all text can be read, and that all controls have names.
func (b *tab) look(name string) {
	b.t.Helper()
	for _, v := range views {
		b.as(v)
		for _, what := range run[[]string](b, looks) {
			b.t.Errorf("%s (%s) %s", name, v, what)
		}
		if v.scheme == "light" {
			b.lookAtNames(fmt.Sprintf("%s (%s)", name, v))
		}
		if picture := name + "-" + v.String(); *update && slices.Contains(pictures, picture) {
			b.picture(picture)
		}
	}
	b.as(views[0])
}

// as gives the window a size and a colour scheme.
func (b *tab) as(v view) {
	b.t.Helper()
	_, err := chromedp.Call(b.ctx, emulation.SetDeviceMetricsOverride, emulation.SetDeviceMetricsOverrideParams{
		Width: v.width, Height: v.height, DeviceScaleFactor: 1, Mobile: v.width < 500,
	})
	must(b.t, err)
	_, err = chromedp.Call(b.ctx, emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{
		// Colours that are on their way to others have no contrast that counts.
		Features: []*emulation.MediaFeature{{Name: "prefers-color-scheme", Value: v.scheme}, {Name: "prefers-reduced-motion", Value: "reduce"}},
	})
	must(b.t, err)
}

var controls = []string{"button", "link", "textbox", "searchbox", "combobox", "checkbox", "radio", "listbox", "slider", "spinbutton", "menuitem", "tab"}

// lookAtNames reads what a screen reader does.
func (b *tab) lookAtNames(page string) {
	b.t.Helper()
	seen := 0
	tree, err := chromedp.Call(b.ctx, accessibility.GetFullAXTree, accessibility.GetFullAXTreeParams{})
	must(b.t, err)
	for _, n := range tree.Nodes {
		if n.Ignored || n.Role == nil || !slices.Contains(controls, text(n.Role)) {
			continue
		}
		seen++
		if n.Name == nil || text(n.Name) == "" {
			b.t.Errorf("%s: a %s has no name", page, text(n.Role))
		}
	}
	if seen < 5 {
		b.t.Errorf("%s has only %d controls: is this the page?", page, seen)
	}
}

func text(v *accessibility.Value) string {
	return string(bytes.Trim(v.Value, `" `))
}

// picture writes what the window shows, as small as it gets.
func (b *tab) picture(name string) {
	b.t.Helper()
	run[chromedp.Void](b, `scrollTo(0, 0)`)
	shot, err := chromedp.Run(b.ctx, chromedp.CaptureScreenshot())
	must(b.t, err)
	img, err := png.Decode(bytes.NewReader(shot))
	must(b.t, err)
	var out bytes.Buffer
	must(b.t, (&png.Encoder{CompressionLevel: png.BestCompression}).Encode(&out, img))
	path := filepath.Join("..", "..", "..", "docs", "images", "webapp-"+name+".png")
	must(b.t, os.MkdirAll(filepath.Dir(path), 0o777))
	must(b.t, os.WriteFile(path, out.Bytes(), 0o666))
}
