Console.Error.WriteLine("vicinal: no command yet");
return 2;
