package forum

import (
	"net/http"

	"github.com/alkahest-go/alkahest/orm"
	"github.com/alkahest-go/alkahest/web"
)

// recent shows the replies to all posts. Its pages have positions and no numbers: they
// stay where they are while new replies come, and the last is as fast as the first.
func (a *App) recent(v *visit) error {
	q := orm.Select(Comments).OrderBy(Comments.ID.Desc()).With(Comments.Author, Comments.Post)
	found, err := web.CursorPage(v.r, v.s, q, a.options.Cursors, web.CursorOptions{Name: "recent", Size: 10, MaxSize: 10})
	if err != nil {
		return err
	}
	return v.show(http.StatusOK, "recent", page{Title: "Recent replies", Place: "recent", Data: found})
}
