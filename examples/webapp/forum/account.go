package forum

import (
	"crypto/rand"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/alkahest-go/alkahest/orm"
	"github.com/alkahest-go/alkahest/web"
)

const (
	cookieName  = "forum_login"
	loginTime   = 30 * 24 * time.Hour
	minPassword = 8
	maxPassword = 200
)

// accountPage is the page to sign up or in.
type accountPage struct {
	New   bool
	Next  string
	Form  form
	Wrong bool // the name and the password don't belong together
}

func (a *App) askSignUp(v *visit) error { return v.account(http.StatusOK, true, form{}) }

func (a *App) askSignIn(v *visit) error { return v.account(http.StatusOK, false, form{}) }

func (v *visit) account(status int, isNew bool, f form) error {
	title := "Sign in"
	if isNew {
		title = "Sign up"
	}
	return v.show(status, "account", page{Title: title, Data: accountPage{New: isNew, Next: v.r.FormValue("next"), Form: f, Wrong: !isNew && status != http.StatusOK}})
}

// signUp makes a user, who is signed in then. The password is hashed before the first
// statement, so that no transaction waits for that.
func (a *App) signUp(v *visit) error {
	user := &User{}
	f, err := decode(v, signUpForm, user)
	if err != nil {
		return err
	}
	f.checkPassword()
	if len(f.FieldErrors) > 0 {
		return v.account(http.StatusUnprocessableEntity, true, f)
	}
	hash, err := hashPassword(f.Value("password"), a.options.Rounds)
	if err != nil {
		return err
	}
	user.Password.Set(hash)
	v.s.Add(user)
	if err := v.s.Flush(v.ctx()); err != nil {
		var known bool
		if f.FieldErrors, known = web.FieldsOf(err, Base, nil); !known {
			return err
		}
		return v.account(http.StatusUnprocessableEntity, true, f)
	}
	return v.welcome(user)
}

// signIn compares the password outside of a transaction, as that takes long on
// purpose; also where there is no such user, so that nobody learns which names exist.
func (a *App) signIn(v *visit) error {
	name := searched(v.r.PostFormValue("name"))
	user, err := orm.Select(Users).Where(Users.Name.Eq(name)).Undefer(Users.Password).OneOrNone(v.ctx(), v.s)
	if err != nil {
		return err
	}
	if err := v.s.Rollback(v.ctx()); err != nil {
		return err
	}
	hash := nobodysHash(a.options.Rounds)
	if user != nil {
		if hash, err = user.Password.Get(); err != nil {
			return err
		}
	}
	if !isPassword(hash, v.r.PostFormValue("password")) || user == nil {
		return v.account(http.StatusUnprocessableEntity, false, form{sent: v.r.PostForm})
	}
	if err := v.forget(user); err != nil {
		return err
	}
	return v.welcome(user)
}

// welcome signs the user in, and goes where they wanted to.
func (v *visit) welcome(user *User) error {
	token := rand.Text()
	v.s.Add(&Login{Token: hashToken(token), UserID: user.ID, Expires: time.Now().Add(loginTime)})
	v.cookie(token, int(loginTime.Seconds()))
	return v.redirect(local(v.r.FormValue("next")))
}

func (a *App) signOut(v *visit) error {
	if c, err := v.r.Cookie(cookieName); err == nil {
		if _, err := orm.Delete(Logins).Where(Logins.Token.Eq(hashToken(c.Value))).Exec(v.ctx(), v.s); err != nil {
			return err
		}
	}
	v.cookie("", -1)
	return v.redirect("/")
}

func (v *visit) cookie(token string, age int) {
	http.SetCookie(v.w, &http.Cookie{
		Name: cookieName, Value: token, Path: "/", MaxAge: age,
		HttpOnly: true, SameSite: http.SameSiteLaxMode, Secure: v.r.TLS != nil,
	})
}

// forget deletes logins that have expired. They are found first, and deleted by their
// keys: a DELETE by the user locks what is around the rows too on some databases.
func (v *visit) forget(user *User) error {
	expired, err := orm.SelectAs[string](Logins.Token).Where(Logins.UserID.Eq(user.ID), Logins.Expires.Lt(time.Now())).All(v.ctx(), v.s)
	if err != nil || len(expired) == 0 {
		return err
	}
	_, err = orm.Delete(Logins).Where(Logins.Token.In(expired...)).Exec(v.ctx(), v.s)
	return err
}

// signedIn returns whose cookie the request has, nil for nobody's.
func signedIn(v *visit) (*User, error) {
	c, err := v.r.Cookie(cookieName)
	if err != nil {
		return nil, nil // no cookie
	}
	login, err := orm.Select(Logins).
		Where(Logins.Token.Eq(hashToken(c.Value)), Logins.Expires.Gt(time.Now())).
		With(Logins.User.InnerJoined()).
		OneOrNone(v.ctx(), v.s)
	if login == nil || err != nil {
		return nil, err
	}
	return login.User.Get()
}

// local returns the path if it is one of this site, else the first page.
func local(path string) string {
	u, err := url.Parse(path)
	if err != nil || u.Host != "" || u.Scheme != "" || !strings.HasPrefix(path, "/") || strings.HasPrefix(path, "//") || strings.Contains(path, `\`) {
		return "/"
	}
	return path
}

// urlOf returns the page to come back to: the one that was asked for, or that of the
// form that was sent.
func urlOf(r *http.Request) string {
	if r.Method == http.MethodGet {
		return url.QueryEscape(r.URL.RequestURI())
	}
	if from, err := url.Parse(r.Referer()); err == nil && from.Host == r.Host {
		return url.QueryEscape(from.RequestURI())
	}
	return ""
}
