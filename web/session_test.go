package web_test

import (
	"fmt"
	"net/http"
	"testing"

	"github.com/alkahest-go/alkahest/engine"
	"github.com/alkahest-go/alkahest/orm"
	"github.com/alkahest-go/alkahest/web"
)

func TestCommitBeforeSuccess(t *testing.T) {
	everywhere(t, func(t *testing.T, db *engine.Engine) {
		sessions := web.New(db, web.Options{})
		mux := http.NewServeMux()
		mux.Handle("POST /notes", sessions.Handle(add))
		mux.Handle("GET /notes/{id}", sessions.Handle(func(w http.ResponseWriter, r *http.Request, s *orm.Session) error {
			n, err := web.GetOr404(r.Context(), s, Notes, r.PathValue("id"))
			if err != nil {
				return err
			}
			_, err = fmt.Fprint(w, n.Text)
			return err
		}))
		server := serve(t, mux)
		wantStatus(t, send(t, "POST", server.URL+"/notes", "first"), http.StatusCreated)
		wantNotes(t, db, "first")
		wantStatus(t, send(t, "POST", server.URL+"/notes", "first"), http.StatusConflict)
		wantNotes(t, db, "first")
		wantNoneOut(t, db)
	})
}
