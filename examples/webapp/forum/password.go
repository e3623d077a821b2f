package forum

import (
	"crypto/pbkdf2"
	"crypto/rand"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"strconv"
	"strings"
)

// rounds is what https://cheatsheetseries.owasp.org/cheatsheets/Password_Storage_Cheat_Sheet.html
// asks for with PBKDF2-HMAC-SHA256.
const rounds = 600_000

var encoding = base64.RawStdEncoding

// hashPassword returns what is kept of a password: how it was hashed, the salt, the
// hash.
func hashPassword(password string, rounds int) (string, error) {
	salt := make([]byte, 16)
	rand.Read(salt) // never fails: crypto/rand ends the program instead
	key, err := pbkdf2.Key(sha256.New, password, salt, rounds, sha256.Size)
	if err != nil {
		return "", err
	}
	return hashText(rounds, salt, key), nil
}

func hashText(rounds int, salt, key []byte) string {
	return fmt.Sprintf("pbkdf2-sha256$%d$%s$%s", rounds, encoding.EncodeToString(salt), encoding.EncodeToString(key))
}

// nobodysHash is of no password, and takes as long to compare with as any.
func nobodysHash(rounds int) string {
	return hashText(rounds, make([]byte, 16), make([]byte, sha256.Size))
}

// isPassword reports whether the hash is that of the password.
func isPassword(hash, password string) bool {
	parts := strings.Split(hash, "$")
	if len(parts) != 4 || parts[0] != "pbkdf2-sha256" {
		return false
	}
	rounds, err := strconv.Atoi(parts[1])
	if err != nil {
		return false
	}
	salt, err := encoding.DecodeString(parts[2])
	if err != nil {
		return false
	}
	want, err := encoding.DecodeString(parts[3])
	if err != nil {
		return false
	}
	got, err := pbkdf2.Key(sha256.New, password, salt, rounds, len(want))
	return err == nil && subtle.ConstantTimeCompare(got, want) == 1
}

// hashToken returns what is kept of a token. It is random and long, so that one round
// will do.
func hashToken(token string) string {
	sum := sha256.Sum256([]byte(token))
	return hex.EncodeToString(sum[:])
}
