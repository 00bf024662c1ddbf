module example.com/api

go 1.26

require gopkg.in/natefinch/lumberjack.v2 v2.2.1
