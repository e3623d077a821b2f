package forum

import (
	"errors"
	"fmt"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/alkahest-go/alkahest/web"
)

// What the forms of the forum write: these fields, and no others. Whose a post is and
// how many points it has can't come from a form.
var (
	signUpForm  = web.Accept(Users, Users.Name).Require(Users.Name).Ignore("password", "next")
	postForm    = web.Accept(Posts, Posts.Title, Posts.Text).Require(Posts.Title, Posts.Text).Ignore("tags")
	editForm    = postForm.Versioned()
	commentForm = web.Accept(Comments, Comments.Text).Require(Comments.Text)
)

// check finds mistakes in the forms when the program starts.
func check() error {
	return errors.Join(Base.Check(), signUpForm.Check(), postForm.Check(), editForm.Check(), commentForm.Check())
}

// form is what a browser has sent, and what is wrong with it.
type form struct {
	sent url.Values
	web.FieldErrors
}

// Value returns what was sent as a field.
func (f form) Value(field string) string { return f.sent.Get(field) }

// Wrong says what is wrong with a field, or nothing.
func (f form) Wrong(field string) string {
	if !f.Has(field) {
		return ""
	}
	return strings.ToUpper(field[:1]) + field[1:] + " " + f.Get(field) + "."
}

// decode writes what was sent into the entity. What is wrong with fields that people
// see is in the form that it returns; all else is an error.
func decode[T any](v *visit, body web.Body[T], entity *T) (form, error) {
	err := body.Decode(v.w, v.r, entity)
	f := form{sent: v.r.PostForm}
	wrong, ok := errors.AsType[web.FieldErrors](err)
	if !ok || slices.ContainsFunc(wrong, isForged) {
		return f, err
	}
	f.FieldErrors = wrong
	return f, nil
}

// isForged reports whether a field is wrong that nobody has typed in.
func isForged(e web.FieldError) bool {
	return e.Code == web.CodeUnknown || e.Code == web.CodeProtected || e.Field == "version"
}

var (
	validName = regexp.MustCompile(`^[a-z0-9][a-z0-9_-]{2,19}$`)
	validTag  = regexp.MustCompile(`^[a-z0-9][a-z0-9-]{0,23}$`)
)

func checkName(name string) (string, error) {
	if !validName.MatchString(name) {
		return name, errors.New("must have 3 to 20 characters: small letters, digits, hyphens, underscores")
	}
	return name, nil
}

func checkTag(name string) (string, error) {
	if !validTag.MatchString(name) {
		return name, fmt.Errorf("must be letters, digits and hyphens, %d at most", maxTag)
	}
	return name, nil
}

// line makes a text one line.
func line(text string) (string, error) {
	text = strings.Join(strings.Fields(text), " ")
	if text == "" {
		return text, errors.New("must not be empty")
	}
	return text, nil
}

// lines gives a text the ends of lines that everybody but browsers uses.
func lines(text string) (string, error) {
	text = strings.TrimSpace(strings.NewReplacer("\r\n", "\n", "\r", "\n").Replace(text))
	switch n := utf8.RuneCountInString(text); {
	case n == 0:
		return text, errors.New("must not be empty")
	case n > maxText:
		return text, fmt.Errorf("must not be longer than %d characters, and has %d", maxText, n)
	}
	return text, nil
}

// checkPassword adds what is wrong with the password of somebody new.
func (f *form) checkPassword() {
	if n := utf8.RuneCountInString(f.Value("password")); n < minPassword || n > maxPassword {
		f.Add("password", web.CodeLength, fmt.Sprintf("must have %d to %d characters", minPassword, maxPassword))
	}
}

// tags returns the names of the tags that were sent, each once and sorted, and adds
// what is wrong with them.
func (f *form) tags() []string {
	names := strings.FieldsFunc(strings.ToLower(f.Value("tags")), func(c rune) bool { return strings.ContainsRune(", \t\r\n", c) })
	slices.Sort(names)
	names = slices.Compact(names)
	if len(names) > maxTags {
		f.Add("tags", web.CodeLength, fmt.Sprintf("must be %d at most", maxTags))
	}
	for _, name := range names {
		if _, err := checkTag(name); err != nil {
			f.Add("tags", web.CodeInvalid, err.Error())
		}
	}
	return names
}

// searched is a text of an address as every database takes it.
func searched(text string) string {
	text = strings.TrimSpace(strings.ReplaceAll(strings.ToValidUTF8(text, ""), "\x00", ""))
	if r := []rune(text); len(r) > maxSearch {
		text = string(r[:maxSearch])
	}
	return text
}

// tagList is what the form of a post shows of its tags.
func tagList(post *Post) (string, error) {
	tags, err := post.Tags.All()
	if err != nil {
		return "", err
	}
	names := make([]string, len(tags))
	for i, t := range tags {
		names[i] = t.Name
	}
	return strings.Join(names, ", "), nil
}
