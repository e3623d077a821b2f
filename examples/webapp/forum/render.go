package forum

import (
	"embed"
	"fmt"
	"html/template"
	"net/http"
	"strings"

	"github.com/alkahest-go/alkahest/web"
)

//go:embed templates
var templateFiles embed.FS

var templates = parse("posts", "post", "edit", "conflict", "account", "recent", "tags", "error")

// parse reads each page with the frame around it. The form of posts is on two pages.
func parse(names ...string) map[string]*template.Template {
	all := map[string]*template.Template{}
	for _, name := range names {
		t := template.New(name).Funcs(template.FuncMap{
			"excerpt": excerpt, "initial": initial, "plural": plural, "replies": replies, "limit": limit,
		})
		all[name] = template.Must(t.ParseFS(templateFiles, "templates/layout.html", "templates/postform.html", "templates/"+name+".html"))
	}
	return all
}

// page is what the frame needs to know.
type page struct {
	Title  string
	Place  string // which entry of the navigation is this one
	User   *User
	Failed bool // nobody knows who is signed in
	Data   any
}

func (v *visit) show(status int, name string, p page) error {
	p.User = v.user
	return write(v.w, status, name, p)
}

// write writes a page. Where a template fails nothing of it is sent: the response of a
// request that has a session is kept until that has ended.
func write(w http.ResponseWriter, status int, name string, p page) error {
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.Header().Set("Cache-Control", "private, no-cache")
	w.WriteHeader(status)
	return templates[name].ExecuteTemplate(w, "layout", p)
}

// errorPage says what went wrong, and no more than visitors need to know.
type errorPage struct {
	Heading, Text string
	Detail        string // in development
}

var errorPages = map[int]errorPage{
	http.StatusBadRequest:            {Heading: "That was not understood", Text: "The address or the form is not one of ours."},
	http.StatusForbidden:             {Heading: "Not yours to do", Text: "Only the author of a post can edit it, and forms have to come from this site."},
	http.StatusNotFound:              {Heading: "Nothing here", Text: "The page may have moved, or was never there."},
	http.StatusConflict:              {Heading: "Two at once", Text: "Somebody did the same at this moment. Go back, and look whether it is done already."},
	http.StatusUnprocessableEntity:   {Heading: "That was not understood", Text: "The form has something that none of ours has."},
	http.StatusUnsupportedMediaType:  {Heading: "That was not understood", Text: "Forms are sent as forms."},
	http.StatusRequestEntityTooLarge: {Heading: "Too long", Text: "That is more text than this forum takes."},
	http.StatusServiceUnavailable:    {Heading: "Very busy", Text: "Please try again in a moment."},
}

// failed answers a request whose handler has returned an error.
func (a *App) failed(w http.ResponseWriter, r *http.Request, status int, err error) {
	detail := ""
	if a.options.Web.Development {
		detail = err.Error()
	}
	writeError(w, status, detail)
}

func writeError(w http.ResponseWriter, status int, detail string) {
	p, ok := errorPages[status]
	if !ok {
		p = errorPage{Heading: "Something went wrong", Text: "It is not your fault, and it has been noted. Please try again."}
	}
	p.Detail = detail
	if err := write(w, status, "error", page{Title: p.Heading, Failed: true, Data: p}); err != nil {
		http.Error(w, p.Heading, status) // the client is gone: nobody reads it
	}
}

func (a *App) nothing(v *visit) error { return web.NotFound("there is no such page") }

// limit tells the templates how long a field may be.
func limit(field string) (int, error) {
	n, ok := map[string]int{"name": maxName, "title": maxTitle, "text": maxText, "comment": maxText, "tags": maxTags}[field]
	if !ok {
		return 0, fmt.Errorf("forum: no field is called %s", field)
	}
	return n, nil
}

// excerpt returns the beginning of a text, in one line.
func excerpt(text string) string {
	text = strings.Join(strings.Fields(text), " ")
	if n := []rune(text); len(n) > 240 {
		return string(n[:240]) + "…"
	}
	return text
}

func initial(name string) string { return name[:1] }

func plural(n int64, word string) string {
	if n == 1 {
		return word
	}
	return word + "s"
}

func replies(n int64) string {
	if n == 1 {
		return "reply"
	}
	return "replies"
}
