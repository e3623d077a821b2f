package forum

import (
	"net/http"
	"strings"
)

// conflictPage shows both texts of a post that was edited twice at once, and a form to
// merge them.
type conflictPage struct {
	Theirs, Yours side
	Edit          editPage
}

// side is one of the two texts.
type side struct {
	Title, Text []piece
	Tags        string
}

// piece is a part of a text; Only says that the other text does not have it.
type piece struct {
	Text string
	Only bool
}

// conflict answers an edit of a version that is not the post's any more: with what is
// saved, what was sent, and a form that has what was sent, on the version of now.
func (v *visit) conflict(post *Post, f form) error {
	tags, err := tagList(post)
	if err != nil {
		return err
	}
	title, text := f.Value("title"), f.Value("text")
	p := conflictPage{
		Theirs: side{Title: marked(post.Title, title), Text: marked(post.Text, text), Tags: tags},
		Yours:  side{Title: marked(title, post.Title), Text: marked(text, post.Text), Tags: f.Value("tags")},
		Edit:   editOf(post, f),
	}
	p.Edit.Button = "Save the merged version"
	return v.show(http.StatusConflict, "conflict", page{Title: "Edited twice", Data: p})
}

// marked returns the lines of a text, of which those are marked that the other one
// does not have.
func marked(text, other string) []piece {
	has := map[string]bool{}
	for line := range strings.Lines(other) {
		has[strings.TrimSpace(line)] = true
	}
	var out []piece
	for line := range strings.Lines(text) {
		out = append(out, piece{Text: line, Only: !has[strings.TrimSpace(line)]})
	}
	return out
}
