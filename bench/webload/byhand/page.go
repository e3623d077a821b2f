package byhand

import (
	"fmt"
	"html/template"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"
)

// What the templates see, in their names.
type (
	user struct {
		ID   int64
		Name string
	}
	// one is a relationship to a user, whom the templates ask for by Get.
	one struct{ user user }

	tag struct{ Name string }

	tags []tag

	post struct {
		ID       int64
		Title    string
		Text     string
		AuthorID int64
		Written  moment
		Edited   *moment
		Replies  int64
		Points   int64
		Version  int64
		Author   one
		Tags     tags
	}

	comment struct {
		ID      int64
		Text    string
		Written moment
		Author  one
	}
)

// moment is a time, also where the driver returns it as text.
type moment struct{ time.Time }

// Scan implements sql.Scanner.
func (m *moment) Scan(v any) (err error) {
	switch v := v.(type) {
	case time.Time:
		m.Time = v
	case string:
		m.Time, err = time.Parse("2006-01-02 15:04:05.999999999-07:00", v)
	default:
		err = fmt.Errorf("%T is no time", v)
	}
	return err
}

// Get returns the user.
func (o one) Get() *user { return &o.user }

// All returns the tags.
func (t tags) All() []tag { return t }

type page struct {
	Title  string
	Place  string
	User   *user
	Failed bool
	Data   any
}

type postsPage struct {
	Heading string
	Found   string
	Search  string
	Pages   *pages[*post]
}

type postPage struct {
	Post     *post
	Comments *pages[*comment]
	User     *user
	Mine     bool
	Voted    bool
	Form     form
}

// form is an empty one: what is wrong with a form is not measured.
type form struct{}

// Value returns nothing.
func (form) Value(string) string { return "" }

// Wrong returns nothing.
func (form) Wrong(string) string { return "" }

// pages is one page of many.
type pages[T any] struct {
	Items   []T
	Page    int
	PerPage int
	Total   int64
	url     url.URL
}

// Pages returns how many there are.
func (p *pages[T]) Pages() int { return int((p.Total + int64(p.PerPage) - 1) / int64(p.PerPage)) }

// HasPrev reports whether a page is before this one.
func (p *pages[T]) HasPrev() bool { return p.Page > 1 }

// HasNext reports whether a page is after this one.
func (p *pages[T]) HasNext() bool { return p.Page < p.Pages() }

// PrevNum returns the number of the page before.
func (p *pages[T]) PrevNum() int { return p.Page - 1 }

// NextNum returns the number of the page after.
func (p *pages[T]) NextNum() int { return p.Page + 1 }

// URL returns the address of a page.
func (p *pages[T]) URL(n int) string {
	u := p.url
	q := u.Query()
	q.Set("page", strconv.Itoa(n))
	u.RawQuery = q.Encode()
	return u.String()
}

// IterPages returns the numbers at both ends and around this page, with 0 for a gap.
func (p *pages[T]) IterPages(leftEdge, leftCurrent, rightCurrent, rightEdge int) []int {
	var list []int
	gap := false
	for n := 1; n <= p.Pages(); n++ {
		if n > leftEdge && (n < p.Page-leftCurrent || n > p.Page+rightCurrent) && n <= p.Pages()-rightEdge {
			gap = true
			continue
		}
		if gap {
			list, gap = append(list, 0), false
		}
		list = append(list, n)
	}
	return list
}

// pageNumberOf returns which page the request asks for.
func pageNumberOf(r *http.Request) int {
	n, err := strconv.Atoi(r.FormValue("page"))
	if err != nil || n < 1 {
		return 1
	}
	return n
}

var functions = template.FuncMap{
	"excerpt": func(text string) string {
		text = strings.Join(strings.Fields(text), " ")
		if n := []rune(text); len(n) > 240 {
			return string(n[:240]) + "…"
		}
		return text
	},
	"initial": func(name string) string { return name[:1] },
	"plural": func(n int64, word string) string {
		if n == 1 {
			return word
		}
		return word + "s"
	},
	"replies": func(n int64) string {
		if n == 1 {
			return "reply"
		}
		return "replies"
	},
	"limit": func(string) int { return 10_000 },
}

func clean(text string) string {
	text = strings.ToValidUTF8(text, "\uFFFD")
	text = strings.NewReplacer("\r\n", "\n", "\r", "\n", "\x00", "").Replace(text)
	return strings.TrimSpace(text)
}

func found(n int64) string {
	if n == 1 {
		return "1 post"
	}
	return fmt.Sprintf("%d posts", n)
}
