package sqltype_test

import (
	"fmt"

	"github.com/alkahest-go/alkahest/sqltype"
)

func ExampleDecimal() {
	price := sqltype.NewDecimal(1250, 2)
	same, err := sqltype.ParseDecimal("12.5")
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(price, price.Cmp(same), price == same, price == same.Round(2))
	// Output: 12.50 0 false true
}
