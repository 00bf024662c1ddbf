module example.com/api

go 1.26

require github.com/KimMachineGun/automemlimit v0.7.5
