// The API calls the one who asks the caller; the model's rules know nothing of calls.
global using Caller = Vicinal.Model.Rules.Requester;
